// SPDX-License-Identifier: Apache-2.0
#include "dispatch/push_content.h"

#include "util/codec.h"
#include "util/crypto.h"

namespace postbell::dispatch {
namespace {

postbell_str text(std::string_view s) {
    return {s.data(), s.size()};
}

std::uint32_t environment(store::Environment e) {
    switch (e) {
        case store::Environment::None:
            return POSTBELL_ENVIRONMENT_NONE;
        case store::Environment::Production:
            return POSTBELL_ENVIRONMENT_PRODUCTION;
        case store::Environment::Sandbox:
            return POSTBELL_ENVIRONMENT_SANDBOX;
    }
    return POSTBELL_ENVIRONMENT_NONE;
}

std::uint32_t style(store::Style s) {
    switch (s) {
        case store::Style::Badge:
            return POSTBELL_STYLE_BADGE;
        case store::Style::BadgeSync:
            return POSTBELL_STYLE_BADGE_SYNC;
        case store::Style::Alert:
            return POSTBELL_STYLE_ALERT;
    }
    return POSTBELL_STYLE_BADGE;
}

}  // namespace

postbell_push PushContent::view() const {
    postbell_push push{};
    push.size = sizeof push;
    push.kind = part == Part::Check ? POSTBELL_PUSH_CHECK_REGISTRATION
                : new_mail          ? POSTBELL_PUSH_NEW_MAIL
                                    : POSTBELL_PUSH_COUNT_CHANGED;
    push.style = style(target.registration.app->style);
    push.urgency =
        part == Part::Mail && new_mail && !quiet ? POSTBELL_URGENCY_HIGH : POSTBELL_URGENCY_QUIET;
    push.environment = environment(target.registration.environment);
    push.id = text(id);
    push.token = text(target.token);
    push.app = text(target.registration.app->name);
    push.platform = text(target.registration.app->platform);
    push.registration = text(target.registration.public_id);
    push.unread = part == Part::Mail ? count : store::kUnknownCount;
    push.badge = part == Part::Mail ? badge : store::kUnknownCount;
    push.attempt = attempt;
    push.expires_ms = expires_ms;
    return push;
}

void fill(PushContent& content, const store::Pending& row, Part part, std::int64_t now_ms) {
    content.part = part;
    content.new_mail = part == Part::Mail && row.new_mail_generation != 0;
    content.quiet = now_ms - row.since > kDayMs;
    content.count = row.count;
    content.expires_ms = now_ms + kDayMs;
}

std::string newPushId() {
    // Drawn for many at a time: OpenSSL takes as long for 16 bytes as for a thousand.
    constexpr std::size_t kBytes = 16, kAtOnce = 64;
    thread_local std::string drawn;
    if (drawn.empty()) drawn = util::randomBytes(kBytes * kAtOnce);
    std::string bytes = drawn.substr(drawn.size() - kBytes);
    drawn.resize(drawn.size() - kBytes);
    bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);
    bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
    std::string id = util::hexEncode(bytes);
    for (const std::size_t dash : {8u, 13u, 18u, 23u}) id.insert(dash, 1, '-');
    return id;
}

}  // namespace postbell::dispatch
