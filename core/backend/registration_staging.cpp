// SPDX-License-Identifier: Apache-2.0
#include "backend/registration_staging.h"

#include <utility>

#include "util/crypto.h"

namespace postbell::backend {
namespace {

using Kind = store::StagedEvent::Kind;
using Change = store::SubscriptionChange::Kind;
using registry::Serving;

/// How the folder that an event names stands to the reported one.
enum class Folder { Own, Other, Unnamed /* and so the inbox */, Unreported };

Folder folderOf(const store::Subscription& subscription, const MailEvent& event) {
    if (event.folder.empty()) return Folder::Unnamed;
    const std::string& reported = subscription.folder_hash;
    if (reported.empty()) return Folder::Unreported;
    const bool same_form =
        !event.canonical_folder.empty() && util::sha256(event.canonical_folder) == reported;
    return same_form || util::sha256(event.folder) == reported ? Folder::Own : Folder::Other;
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
    staged.device_proven_at = recipient.device_proven_at;
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
    const Folder folder = folderOf(recipient.subscription, event);
    const bool reported = serving == Serving::Reported;
    const Kind kind = event.kind == MailKind::NewMail ? Kind::NewMail : Kind::CountChanged;
    store::StagedEvent mail = stagedFor(recipient, event, kind, now, data_version);
    if (folder == Folder::Other) {
        staged.late.push_back({mail, true, !event.canonical_folder.empty(), reported, {}});
        return;
    }
    // A count is trusted if it is surely the inbox's.
    if (reported && folder != Folder::Unreported)
        mail.count = event.unread.value_or(store::kUnknownCount);
    if (folder == Folder::Own && reported) staged.heardOwnFolder(recipient.id);
    staged.events.push_back(mail);
}

void stageForSubscription(const store::Recipient& recipient, const MailEvent& event,
                          Serving serving, const registry::LifeClock& clock,
                          std::uint64_t data_version, Staged& staged) {
    if (serving == Serving::Nobody) return;
    const store::Subscription& subscription = recipient.subscription;
    const bool reported = serving == Serving::Reported;
    const util::WallTime quiet_until =
        event.retry_after.count() > 0 ? clock.now + event.retry_after : util::WallTime();
    const auto change = [&](Change kind) {
        staged.changes.push_back({recipient.id, kind, clock.now, quiet_until});
    };
    const auto askToCheck = [&] {
        staged.late.push_back({stagedFor(recipient, event, Kind::Check, clock.now, data_version),
                               false, false, true, quiet_until});
    };
    if (reported && event.kind != MailKind::Ended) {
        staged.heard.push_back({recipient.id});
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
