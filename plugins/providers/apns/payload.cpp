// SPDX-License-Identifier: Apache-2.0
#include "payload.h"

#include <charconv>

namespace postbell::apns {
namespace {

void appendNumber(std::int32_t number, std::string& out) {
    char digits[16];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

/// RFC 8259, 7.
void appendText(std::string_view text, std::string& out) {
    constexpr char kHex[] = "0123456789abcdef";
    out += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            out += "\\u00";
            out += kHex[c >> 4];
            out += kHex[c & 15];
        } else {
            out += c;
        }
    }
    out += '"';
}

std::string_view eventOf(const Push& push) {
    switch (push.kind()) {
        case POSTBELL_PUSH_NEW_MAIL:
            return "new_mail";
        case POSTBELL_PUSH_CHECK_REGISTRATION:
            return "check_registration";
        default:
            return "count_changed";
    }
}

}  // namespace

void appendPayload(const Push& push, const PushForm& form, std::string& out) {
    const std::size_t begin = out.size();
    out += R"({"aps":{)";
    if (form.announces)
        out += R"("alert":{"title-loc-key":"POSTBELL_NEW_MAIL"},"mutable-content":1,)";
    if (form.sound) out += R"("sound":"default",)";
    if (form.passive) out += R"("interruption-level":"passive",)";
    if (form.badge) {
        out += R"("badge":)";
        appendNumber(push.badge(), out);
        out += ',';
    }
    if (form.wakes_app) out += R"("content-available":1,)";
    out.back() = '}';  // every form has at least one member, and so a last comma

    out += R"(,"postbell":{"registration_id":)";
    appendText(push.registration(), out);
    out.append(R"(,"event":")").append(eventOf(push)).append("\"");
    if (push.unread() >= 0) {
        out += R"(,"unread":)";
        appendNumber(push.unread(), out);
    }
    out += "}}";
    if (out.size() - begin > kMaxPayloadBytes)
        throw InvalidInput("the registration id makes the payload larger than APNs takes");
}

}  // namespace postbell::apns
