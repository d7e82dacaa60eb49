// SPDX-License-Identifier: Apache-2.0
#include "push_request.h"

#include <openssl/sha.h>

#include <algorithm>
#include <charconv>

#include "payload.h"
#include "push_form.h"

namespace postbell::apns {
namespace {

constexpr std::size_t kMaxCollapseId = 64;  // bytes; Apple, "Sending notification requests to APNs"
constexpr std::size_t kUuidLength = 36;
constexpr std::size_t kMaxExpiration = 24;  // digits

bool isToken(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '~';
}

/// What may replace what while a device is away: a newer count the older one. A silent push has an
/// id of its own, since iOS may drop it and the badge before it would be lost; so has a question
/// about the registration.
std::string_view collapseClass(const Push& push, const PushForm& form) {
    if (push.kind() == POSTBELL_PUSH_CHECK_REGISTRATION) return "check.";
    return form.background ? "sync." : "mail.";
}

void appendCollapseId(const Push& push, const PushForm& form, std::string& out) {
    const std::string_view kind = collapseClass(push, form);
    const std::string_view registration = push.registration();
    out.append(kind);
    if (kind.size() + registration.size() <= kMaxCollapseId &&
        std::all_of(registration.begin(), registration.end(), isToken)) {
        out.append(registration);
        return;
    }
    constexpr char kHex[] = "0123456789abcdef";
    constexpr std::size_t kDigestBytes = 16;
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<const unsigned char*>(registration.data()), registration.size(),
           digest);
    for (std::size_t i = 0; i < kDigestBytes; ++i) {
        out += kHex[digest[i] >> 4];
        out += kHex[digest[i] & 15];
    }
}

void appendExpiration(std::int64_t expires_ms, std::string& out) {
    char digits[kMaxExpiration];
    const std::int64_t seconds = std::max<std::int64_t>(expires_ms, 0) / 1000;
    out.append(digits, std::to_chars(digits, digits + sizeof digits, seconds).ptr);
}

}  // namespace

void buildRequest(const Push& push, const Origins& origins, HttpRequest& out) {
    if (push.token().empty() || push.app().empty())
        throw InvalidInput("a push needs a device token and a bundle id");
    const PushForm form = formOf(push);
    out.origin =
        push.environment() == POSTBELL_ENVIRONMENT_SANDBOX ? origins.sandbox : origins.production;
    out.path.append("/3/device/").append(push.token());
    appendPayload(push, form, out.body);

    // What the headers say outlives this call, and the push does not.
    std::string& scratch = out.scratch;
    scratch.reserve(kMaxCollapseId + kMaxExpiration + push.id().size() + push.app().size());
    const auto piece = [&scratch](auto&& append) {
        const std::size_t begin = scratch.size();
        append(scratch);
        return std::string_view(scratch).substr(begin);
    };
    const auto copy = [&piece](std::string_view text) {
        return piece([text](std::string& to) { to.append(text); });
    };

    out.headers.push_back({"apns-topic", copy(push.app())});
    out.headers.push_back({"apns-push-type", form.background ? "background" : "alert"});
    out.headers.push_back({"apns-priority", form.at_once ? "10" : "5"});
    out.headers.push_back({"apns-expiration",
                           piece([&](std::string& to) { appendExpiration(push.expiresMs(), to); }),
                           POSTBELL_HEADER_VARIES});
    out.headers.push_back({"apns-collapse-id",
                           piece([&](std::string& to) { appendCollapseId(push, form, to); }),
                           POSTBELL_HEADER_VARIES});
    if (push.id().size() == kUuidLength)
        out.headers.push_back({"apns-id", copy(push.id()), POSTBELL_HEADER_VARIES});
}

}  // namespace postbell::apns
