// SPDX-License-Identifier: Apache-2.0
#include "backend/mail_event.h"

#include <algorithm>
#include <cstddef>

#include "plugin/text.h"

namespace postbell::backend {
namespace {

/// No server may silence an app for longer.
constexpr std::int64_t kMaxRetryAfterMs = std::chrono::milliseconds(std::chrono::hours(24)).count();

MailKind kindOf(std::uint32_t raw) {
    switch (raw) {
        case POSTBELL_MAIL_NEW:
            return MailKind::NewMail;
        case POSTBELL_MAIL_COUNT:
            return MailKind::CountChanged;
        case POSTBELL_MAIL_LOST:
            return MailKind::Lost;
        case POSTBELL_MAIL_RENEW:
            return MailKind::Renew;
        case POSTBELL_MAIL_ENDED:
            return MailKind::Ended;
        case POSTBELL_MAIL_HEARD:
        default:  // a number of a later contract
            return MailKind::Heard;
    }
}

}  // namespace

std::optional<MailEvent> MailEvent::read(const postbell_mail_event& raw) {
    if (raw.size < POSTBELL_MAIL_EVENT_V1_SIZE || raw.kind == 0 ||
        raw.dedup_key.len > POSTBELL_MAX_DEDUP_KEY_BYTES)
        return std::nullopt;
    MailEvent event;
    event.kind = kindOf(raw.kind);
    event.subscription = plugin::view(raw.subscription);
    event.account = plugin::view(raw.account);
    event.proof = plugin::view(raw.proof);
    event.folder = plugin::view(raw.folder);
    event.dedup_key = plugin::view(raw.dedup_key);
    event.occurred = util::fromMs(std::max<std::int64_t>(raw.occurred_ms, 0));
    // Both came with the same minor.
    if (raw.size >= offsetof(postbell_mail_event, retry_after_ms) + sizeof raw.retry_after_ms) {
        event.canonical_folder = plugin::view(raw.canonical_folder);
        event.retry_after =
            util::Milliseconds(std::clamp<std::int64_t>(raw.retry_after_ms, 0, kMaxRetryAfterMs));
    }
    if (raw.unread >= 0 && event.kind != MailKind::Lost) event.unread = raw.unread;
    return event;
}

}  // namespace postbell::backend
