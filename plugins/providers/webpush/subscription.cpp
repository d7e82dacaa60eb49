// SPDX-License-Identifier: Apache-2.0
#include "subscription.h"

#include <algorithm>

#include "p256.h"
#include "postbell/kit/base64url.hpp"
#include "postbell/kit/json_reader.hpp"
#include "postbell/kit/json_text.hpp"

namespace postbell::webpush {
namespace {

using kit::Json;

// A subscription is two objects of six members; browsers may add others.
constexpr kit::JsonLimits kLimits{4, 64};

[[noreturn]] void refuse(const char* sentence) {
    throw InvalidInput(sentence);
}

[[noreturn]] void refuseText(std::string_view token) {
    if (token.empty())
        refuse(
            "The device token is empty. Send the push subscription as JSON: "
            "JSON.stringify(subscription).");
    if (token.substr(0, 8) == "https://")
        refuse(
            "This is the endpoint alone, and nothing can be encrypted without the keys beside it. "
            "Send the whole push subscription as JSON: JSON.stringify(subscription).");
    refuse(
        "The device token is no JSON object. Send the push subscription as JSON: "
        "JSON.stringify(subscription), or {\"endpoint\": ..., \"keys\": {\"p256dh\": ..., "
        "\"auth\": ...}}.");
}

/// Bytes as the Push API has them (base64url without padding), or as apps write them that encode
/// PushSubscription.getKey() themselves: with padding, or in the alphabet of btoa().
std::optional<std::string> decoded(std::string_view text) {
    constexpr std::size_t kMaxText = 128;
    if (text.size() > kMaxText) return std::nullopt;
    for (int padding = 0; padding < 2 && !text.empty() && text.back() == '='; ++padding)
        text.remove_suffix(1);
    std::string url_safe(text);
    std::replace(url_safe.begin(), url_safe.end(), '+', '-');
    std::replace(url_safe.begin(), url_safe.end(), '/', '_');
    return kit::decodeBase64Url(url_safe);
}

std::string bytesOf(const Json& keys, const char* name, std::size_t size, const char* sentence) {
    const auto text = keys[name].text();
    auto bytes = text ? decoded(*text) : std::nullopt;
    if (!bytes || bytes->size() != size) refuse(sentence);
    return std::move(*bytes);
}

Endpoint endpointOf(const Json& json) {
    const auto url = json["endpoint"].text();
    if (!url) refuse("The push subscription has no \"endpoint\" that is a text.");
    auto endpoint = parseEndpoint(*url);
    if (!endpoint)
        refuse(
            "The \"endpoint\" of the push subscription must be an https URL in ASCII, of at most "
            "2048 bytes, without a user, blanks and a fragment.");
    return std::move(*endpoint);
}

std::int64_t expiryOf(const Json& json) {
    const Json& time = json["expirationTime"];
    if (!time.isNull() && time.kind() != Json::Kind::Number)
        refuse(
            "The \"expirationTime\" of the push subscription must be null or a number of "
            "milliseconds.");
    return std::max<std::int64_t>(time.integer().value_or(0), 0);
}

}  // namespace

std::string Subscription::text() const {
    std::string text = R"({"endpoint":)";
    kit::appendText(endpoint.origin + endpoint.path, text);
    text.append(R"(,"keys":{"p256dh":")").append(kit::base64Url(point));
    text.append(R"(","auth":")").append(kit::base64Url(secret)).append(R"("}})");
    return text;
}

Subscription readSubscription(std::string_view token) {
    const auto json = kit::readJson(token, kLimits);
    if (!json || json->kind() != Json::Kind::Object) refuseText(token);
    Subscription subscription;
    subscription.endpoint = endpointOf(*json);
    const Json& keys = (*json)["keys"];
    if (keys.kind() != Json::Kind::Object)
        refuse(
            "The push subscription has no \"keys\". Send {\"endpoint\": ..., \"keys\": "
            "{\"p256dh\": ..., \"auth\": ...}}; on UnifiedPush the keys are the pubKeySet of the "
            "PushEndpoint.");
    subscription.point =
        bytesOf(keys, "p256dh", kPointBytes,
                "The key \"p256dh\" of the push subscription must be 65 bytes in base64url: an "
                "uncompressed point on P-256.");
    subscription.key = publicKeyOf(subscription.point);
    if (!subscription.key)
        refuse("The key \"p256dh\" of the push subscription is no point on the curve P-256.");
    subscription.secret =
        bytesOf(keys, "auth", kAuthSecretBytes,
                "The key \"auth\" of the push subscription must be 16 bytes in base64url.");
    subscription.expires_ms = expiryOf(*json);
    return subscription;
}

}  // namespace postbell::webpush
