// SPDX-License-Identifier: Apache-2.0
#include "push_request.h"

#include <openssl/sha.h>

#include <algorithm>

#include "postbell/kit/apple_push.hpp"

namespace postbell::apns {
namespace {

constexpr std::size_t kMaxCollapseId = 64;  // bytes; Apple, "Sending notification requests to APNs"
// Apple, "Generating a remote notification".
constexpr std::size_t kMaxPayloadBytes = 4096;
constexpr std::size_t kUuidLength = 36;
constexpr std::size_t kMaxExpiration = 24;  // digits

bool isToken(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '~';
}

void appendCollapseId(const Push& push, const kit::AppleForm& form, std::string& out) {
    const std::string_view kind = kit::collapseClass(push, form);
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

}  // namespace

void buildRequest(const Push& push, const Origins& origins, HttpRequest& out) {
    if (push.token().empty() || push.app().empty())
        throw InvalidInput("a push needs a device token and a bundle id");
    const kit::AppleForm form = kit::appleForm(push);
    out.origin =
        push.environment() == POSTBELL_ENVIRONMENT_SANDBOX ? origins.sandbox : origins.production;
    out.path.append("/3/device/").append(push.token());
    kit::appendApplePayload(push, form, out.body);
    if (out.body.size() > kMaxPayloadBytes)
        throw InvalidInput("the registration id makes the payload larger than APNs takes");

    // The headers' texts outlive this call, and the push does not.
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
    out.headers.push_back({"apns-push-type", form.pushType()});
    out.headers.push_back({"apns-priority", form.priority()});
    out.headers.push_back({"apns-expiration",
                           piece([&](std::string& to) { kit::appendExpiration(push, to); }),
                           POSTBELL_HEADER_VARIES});
    out.headers.push_back({"apns-collapse-id",
                           piece([&](std::string& to) { appendCollapseId(push, form, to); }),
                           POSTBELL_HEADER_VARIES});
    if (push.id().size() == kUuidLength)
        out.headers.push_back({"apns-id", copy(push.id()), POSTBELL_HEADER_VARIES});
}

}  // namespace postbell::apns
