// SPDX-License-Identifier: Apache-2.0
#include "backend/registration_staging.h"

#include <algorithm>
#include <utility>

#include "registry/nudge.h"
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

store::StagedEvent stagedMail(const store::Recipient& recipient, const MailEvent& event,
                              util::WallTime now, std::uint64_t data_version) {
    const bool is_new = event.kind == MailKind::NewMail;
    auto mail = store::StagedEvent::of(recipient, is_new ? Kind::NewMail : Kind::CountChanged, now);
    mail.data_version = data_version;
    mail.occurred = event.occurred;
    mail.dedup = store::dedupKey(event.dedup_key, is_new);
    return mail;
}

void stageMail(const store::Recipient& recipient, const MailEvent& event, Serving serving,
               util::WallTime now, std::uint64_t data_version, Staged& staged) {
    const Folder folder = folderOf(recipient.subscription, event);
    const bool reported = serving == Serving::Reported;
    store::StagedEvent mail = stagedMail(recipient, event, now, data_version);
    if (folder == Folder::Other) {
        staged.other_folder_mail.push_back({mail, !event.canonical_folder.empty(), reported});
        return;
    }
    // A count is trusted if it is surely the inbox's.
    if (reported && folder != Folder::Unreported)
        mail.count = event.unread.value_or(store::kUnknownCount);
    if (folder == Folder::Own && reported) staged.heardOwnFolder(recipient.id);
    staged.writes.events.push_back(mail);
}

void stageForSubscription(const store::Recipient& recipient, const MailEvent& event,
                          Serving serving, const registry::LifeClock& clock,
                          std::uint64_t data_version, Staged& staged) {
    if (serving == Serving::Nobody) return;
    const store::Subscription& subscription = recipient.subscription;
    const bool reported = serving == Serving::Reported;
    const util::WallTime quiet_until =
        event.retry_after.count() > 0
            ? clock.now + std::min(event.retry_after, registry::kMaxNudgePause)
            : util::WallTime();
    const auto change = [&](Change kind) {
        staged.writes.changes.push_back({recipient.id, kind, clock.now, quiet_until});
    };
    const auto nudge = [&] { staged.nudges_wanted.push_back({recipient.id, quiet_until}); };
    if (reported && event.kind != MailKind::Ended) {
        staged.heard.push_back({recipient.id, false});
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
            // Once; the sweeper nudges again, once a day.
            if (!util::isSet(subscription.renew_asked_at)) nudge();
            return;
        case MailKind::Ended:
            // Only the reported id can end a subscription.
            if (!reported) return;
            change(Change::Ended);
            if (!util::isSet(subscription.ended_at)) nudge();
            return;
        case MailKind::Heard:
            return;
    }
}

}  // namespace postbell::backend
