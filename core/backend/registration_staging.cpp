// SPDX-License-Identifier: Apache-2.0
#include "backend/registration_staging.h"

#include "util/crypto.h"

namespace postbell::backend {
namespace {

using Kind = store::StagedEvent::Kind;
using Change = store::SubscriptionChange::Kind;
using registry::Serving;

/// The event's count, unknown unless it is surely the inbox's. Nothing for an event of a folder
/// that is surely another: the registration is for the inbox, so the event is a mere sign of life.
std::optional<std::int32_t> inboxCount(const store::Subscription& subscription,
                                       const MailEvent& event, Serving serving) {
    std::int32_t count = event.unread.value_or(store::kUnknownCount);
    if (!event.folder.empty()) {
        const std::string& reported = subscription.folder_hash;
        if (!reported.empty() && util::sha256(event.folder) != reported) return std::nullopt;
        if (reported.empty()) count = store::kUnknownCount;
    }
    return serving == Serving::Unreported ? store::kUnknownCount : count;
}

}  // namespace

store::StagedEvent stagedFor(const store::Recipient& recipient, const MailEvent& event,
                             store::StagedEvent::Kind kind, util::WallTime now,
                             std::uint64_t data_version) {
    store::StagedEvent staged;
    staged.registration = recipient.id;
    staged.device = recipient.device;
    staged.app = recipient.app->id;
    staged.environment = recipient.environment;
    staged.kind = kind;
    staged.received = now;
    staged.data_version = data_version;
    if (kind == Kind::Check) return staged;
    staged.occurred = event.occurred;
    staged.dedup = store::dedupKey(event.dedup_key, kind == Kind::NewMail);
    return staged;
}

void stageMail(const store::Recipient& recipient, const MailEvent& event, Serving serving,
               util::WallTime now, std::uint64_t data_version, Staged& staged) {
    const auto count = inboxCount(recipient.subscription, event, serving);
    if (!count) return;
    const Kind kind = event.kind == MailKind::NewMail ? Kind::NewMail : Kind::CountChanged;
    staged.events.push_back(stagedFor(recipient, event, kind, now, data_version));
    staged.events.back().count = *count;
}

void stageForSubscription(const store::Recipient& recipient, const MailEvent& event,
                          Serving serving, const registry::LifeClock& clock,
                          std::uint64_t data_version, Staged& staged) {
    if (serving == Serving::Nobody) return;
    const store::Subscription& subscription = recipient.subscription;
    const bool reported = serving == Serving::Reported;
    const auto change = [&](Change kind) {
        staged.changes.push_back({recipient.id, kind, clock.now});
    };
    const auto askToCheck = [&] {
        staged.events.push_back(stagedFor(recipient, event, Kind::Check, clock.now, data_version));
        staged.nudged.push_back(recipient.id);
    };
    if (reported && event.kind != MailKind::Ended) {
        staged.heard.push_back(recipient.id);
        // Where silence means nothing, an end is final: a later event is late, no sign of life.
        const bool has_heartbeat = clock.resubscribe_after > util::Milliseconds(0);
        if (util::isSet(subscription.ended_at) && has_heartbeat) change(Change::HeardAgain);
    }
    switch (event.kind) {
        case MailKind::NewMail:
        case MailKind::CountChanged:
        case MailKind::Lost:
            stageMail(recipient, event, serving, clock.now, data_version, staged);
            return;
        case MailKind::Renew:
            if (!reported) return;
            change(Change::RenewAsked);
            // Once; the sweeper asks again, once a day.
            if (!util::isSet(subscription.renew_asked_at)) askToCheck();
            return;
        case MailKind::Ended:
            // Only the reported id can end a subscription.
            if (!reported) return;
            change(Change::Ended);
            if (!util::isSet(subscription.ended_at)) askToCheck();
            return;
        case MailKind::Heard:
            return;
    }
}

}  // namespace postbell::backend
