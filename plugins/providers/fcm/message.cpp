// SPDX-License-Identifier: Apache-2.0
// Google, "REST resource: projects.messages".
#include "message.h"

#include <algorithm>

#include "postbell/kit/apple_push.hpp"

namespace postbell::fcm {
namespace {

constexpr std::int64_t kMaxTtlSeconds = 28 * 24 * 3600;
constexpr std::size_t kMaxCollapseId = 64;  // bytes; Apple, "Sending notification requests to APNs"
// Leaves the rest of FCM's 4,096 bytes of payload to the other fields, which have 500 at most.
constexpr std::size_t kMaxRegistration = 3072;

/// A member of text, with a comma before it.
void appendMember(std::string_view name, std::string_view value, std::string& out) {
    out.append(",\"").append(name).append("\":");
    kit::appendText(value, out);
}

/// A count as FCM's data takes it: text.
void appendCount(std::string_view name, std::int32_t count, std::string& out) {
    if (count < 0) return;
    out.append(",\"").append(name).append("\":\"");
    kit::appendNumber(count, out);
    out += '"';
}

void appendAndroid(const Push& push, std::int64_t now_ms, std::string& out) {
    out += R"(,"data":{"registration_id":)";
    kit::appendText(push.registration(), out);
    appendMember("event", kit::eventOf(push), out);
    appendCount("unread", push.unread(), out);
    appendCount("badge", push.badge(), out);
    out += R"(},"android":{"priority":")";
    // High is for visible pushes: Android lowers it for apps that show nothing.
    out += push.urgency() == POSTBELL_URGENCY_HIGH ? "HIGH" : "NORMAL";
    out += R"(","ttl":")";
    kit::appendNumber(
        std::clamp<std::int64_t>((push.expiresMs() - now_ms + 999) / 1000, 0, kMaxTtlSeconds), out);
    out += "s\"";
    // While a device is away a newer count replaces the older one, and FCM keeps four keys a device
    // at most: one for each registration. A question about the registration must not replace mail.
    if (push.kind() != POSTBELL_PUSH_CHECK_REGISTRATION)
        appendMember("collapse_key", push.registration(), out);
    out += '}';
}

void appendApple(const Push& push, std::string& out) {
    const kit::AppleForm form = kit::appleForm(push);
    out += R"(,"apns":{"headers":{"apns-push-type":)";
    kit::appendText(form.pushType(), out);
    appendMember("apns-priority", form.priority(), out);
    out += R"(,"apns-expiration":")";
    kit::appendExpiration(push, out);
    out += '"';
    std::string collapse_id(kit::collapseClass(push, form));
    collapse_id += push.registration();
    if (collapse_id.size() <= kMaxCollapseId) appendMember("apns-collapse-id", collapse_id, out);
    out += R"(},"payload":)";
    kit::appendApplePayload(push, form, out);
    out += '}';
}

}  // namespace

void appendMessage(const Push& push, std::int64_t now_ms, std::string& out) {
    if (push.token().empty()) throw InvalidInput("a push needs a registration token");
    if (push.registration().size() > kMaxRegistration)
        throw InvalidInput("the registration id makes the message larger than FCM takes");
    out += R"({"message":{"token":)";
    kit::appendText(push.token(), out);
    if (push.platform() == "ios-fcm")
        appendApple(push, out);
    else
        appendAndroid(push, now_ms, out);
    out += "}}";
}

}  // namespace postbell::fcm
