// SPDX-License-Identifier: Apache-2.0
// The push to an Apple device, whichever network carries it. The README of the provider apns has
// the table of push types, priorities and badges.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>

#include "postbell/kit/json_text.hpp"
#include "postbell/provider.hpp"

namespace postbell::kit {

/// How a push appears on the device; headers and payload follow from it.
struct AppleForm {
    bool background = false;  ///< push type background, else alert
    bool at_once = false;     ///< priority 10, else 5
    bool badge = false;       ///< carries the count
    bool wakes_app = false;   ///< content-available
    bool announces = false;   ///< the alert text, and mutable-content for the app's extension
    bool sound = false;
    bool passive = false;  ///< interruption level: into the list, without lighting the screen

    std::string_view pushType() const { return background ? "background" : "alert"; }
    std::string_view priority() const { return at_once ? "10" : "5"; }
};

namespace detail {

inline AppleForm backgroundForm() {
    AppleForm form;
    form.background = true;  // Apple allows nothing visible in it, and no priority but 5
    form.wakes_app = true;
    return form;
}

inline AppleForm newMailForm(const Push& push) {
    const bool counted = push.badge() >= 0;
    const bool announced = push.style() == POSTBELL_STYLE_ALERT;
    if (!counted && !announced) return backgroundForm();
    const bool quiet = push.urgency() == POSTBELL_URGENCY_QUIET;

    AppleForm form;
    form.badge = counted;
    form.at_once = !quiet;
    form.wakes_app = push.style() == POSTBELL_STYLE_BADGE_SYNC;
    form.announces = announced;
    form.sound = announced && !quiet;
    form.passive = announced && quiet;
    return form;
}

}  // namespace detail

/// Decides by kind, style, urgency and whether the badge is known. An unknown kind counts as a
/// changed count, an unknown style as the badge style.
inline AppleForm appleForm(const Push& push) {
    if (push.kind() == POSTBELL_PUSH_NEW_MAIL) return detail::newMailForm(push);
    // Reading mail elsewhere must not announce anything, so that without a count the app is only
    // woken.
    if (push.kind() == POSTBELL_PUSH_CHECK_REGISTRATION || push.badge() < 0)
        return detail::backgroundForm();
    AppleForm form;
    form.badge = true;
    return form;
}

/// The name of an event, as an app receives it.
inline std::string_view eventOf(const Push& push) {
    switch (push.kind()) {
        case POSTBELL_PUSH_NEW_MAIL:
            return "new_mail";
        case POSTBELL_PUSH_CHECK_REGISTRATION:
            return "check_registration";
        default:
            return "count_changed";
    }
}

/// An app_schema: the settings that an app has for pushes to Apple devices.
inline constexpr char kAppleAppSchema[] = R"({
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "title-loc-key": {
      "type": "string",
      "pattern": "^[ -~]{1,128}$",
      "default": "POSTBELL_NEW_MAIL",
      "description": "style alert, Apple devices: the key in the app's Localizable.strings of the title that announces new mail"
    }
  }
})";

/// Appends the payload: an `aps` of this form, and beside it `postbell`, which names the
/// registration.
inline void appendApplePayload(const Push& push, const AppleForm& form, std::string& out) {
    out += R"({"aps":{)";
    if (form.announces) {
        const std::string_view key = push.setting("title-loc-key");
        out += R"("alert":{"title-loc-key":)";
        appendText(key.empty() ? "POSTBELL_NEW_MAIL" : key, out);
        out += R"(},"mutable-content":1,)";
    }
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
}

/// The first part of apns-collapse-id: the class of pushes that replace one another while a device
/// is away. A newer count replaces the older one. A silent push has its own class, since iOS may
/// drop it and the badge before it would be lost; so has a question about the registration.
inline std::string_view collapseClass(const Push& push, const AppleForm& form) {
    if (push.kind() == POSTBELL_PUSH_CHECK_REGISTRATION) return "check.";
    return form.background ? "sync." : "mail.";
}

/// Of apns-expiration: UNIX seconds.
inline void appendExpiration(const Push& push, std::string& out) {
    appendNumber(std::max<std::int64_t>(push.expiresMs(), 0) / 1000, out);
}

}  // namespace postbell::kit
