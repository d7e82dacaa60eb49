// SPDX-License-Identifier: Apache-2.0
#include "message.h"

#include <openssl/sha.h>

#include <algorithm>

#include "encryption.h"
#include "postbell/kit/apple_push.hpp"
#include "postbell/kit/base64url.hpp"

namespace postbell::webpush {
namespace {

/// Nearly every message has the first of them.
constexpr std::size_t kPaddedSizes[] = {256, 1024, kMaxPlaintext};
/// As long as the large push services keep a message.
constexpr std::int64_t kMaxTtlSeconds = 28 * 24 * 3600;
constexpr std::size_t kTopicBytes = 24;  // 32 characters: RFC 8030, 5.4

void appendCount(std::string_view name, std::int32_t count, std::string& out) {
    if (count < 0) return;
    out.append(",\"").append(name).append("\":\"");
    kit::appendNumber(count, out);
    out += '"';
}

}  // namespace

std::string payloadOf(const Push& push) {
    std::string payload = R"({"registration_id":)";
    kit::appendText(push.registration(), payload);
    payload.append(R"(,"event":")").append(kit::eventOf(push)).append("\"");
    appendCount("unread", push.unread(), payload);
    appendCount("badge", push.badge(), payload);
    payload += '}';
    if (payload.size() > kMaxPlaintext)
        throw InvalidInput("the registration id makes the message larger than push servers take");
    return payload;
}

std::size_t paddedSize(std::size_t bytes) {
    return *std::lower_bound(std::begin(kPaddedSizes), std::prev(std::end(kPaddedSizes)), bytes);
}

std::int64_t ttlSeconds(const Push& push, std::int64_t now_ms) {
    return std::clamp<std::int64_t>((push.expiresMs() - now_ms + 999) / 1000, 0, kMaxTtlSeconds);
}

std::string_view urgencyOf(const Push& push) {
    return push.urgency() == POSTBELL_URGENCY_HIGH ? "high" : "normal";
}

std::string topicOf(const Push& push) {
    // A question about the registration must not replace mail that waits.
    const bool asks = push.kind() == POSTBELL_PUSH_CHECK_REGISTRATION;
    std::string named = asks ? "check." : "mail.";
    named.append(push.registration());
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<const unsigned char*>(named.data()), named.size(), digest);
    return kit::base64Url({reinterpret_cast<const char*>(digest), kTopicBytes});
}

}  // namespace postbell::webpush
