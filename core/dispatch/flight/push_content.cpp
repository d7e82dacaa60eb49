// SPDX-License-Identifier: Apache-2.0
#include "dispatch/flight/push_content.h"

#include <string_view>

#include "util/crypto.h"

namespace postbell::dispatch {

provider::Push PushContent::view() const {
    const bool mail = part == Part::Mail;
    provider::Push push;
    push.kind = !mail      ? provider::PushKind::CheckRegistration
                : new_mail ? provider::PushKind::NewMail
                           : provider::PushKind::CountChanged;
    push.style = target.app->style;
    push.urgency = mail && new_mail && !quiet ? provider::Urgency::High : provider::Urgency::Quiet;
    push.environment = target.registration.environment;
    push.id = id;
    push.token = target.token;
    push.origin = target.origin;
    push.app = target.app->name;
    push.platform = target.app->platform;
    push.registration = target.registration.public_id;
    push.unread = mail ? count : store::kUnknownCount;
    push.badge = mail ? badge : store::kUnknownCount;
    push.attempt = attempt;
    push.expires = expires;
    push.settings = target.app->push_settings;
    return push;
}

void fill(PushContent& content, const store::Pending& row, Part part, util::WallTime now) {
    content.part = part;
    content.new_mail = part == Part::Mail && row.new_mail_generation != 0;
    content.quiet = now - row.since > kDay;
    content.count = row.count;
    content.expires = now + kDay;
}

std::string newPushId() {
    // Drawn for many at a time: OpenSSL takes as long for 16 bytes as for a thousand.
    constexpr std::size_t kBytes = 16, kAtOnce = 64;
    constexpr std::string_view kHexDigits = "0123456789abcdef";
    thread_local std::string drawn;
    if (drawn.empty()) drawn = util::randomBytes(kBytes * kAtOnce);
    char* const bytes = drawn.data() + drawn.size() - kBytes;
    bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);
    bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
    std::string id(36, '-');
    std::size_t at = 0;
    for (std::size_t i = 0; i < kBytes; ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) ++at;
        const auto byte = static_cast<unsigned char>(bytes[i]);
        id[at++] = kHexDigits[byte >> 4];
        id[at++] = kHexDigits[byte & 0x0f];
    }
    drawn.resize(drawn.size() - kBytes);
    return id;
}

}  // namespace postbell::dispatch
