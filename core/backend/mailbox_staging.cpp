// SPDX-License-Identifier: Apache-2.0
#include "backend/mailbox_staging.h"

#include "backend/registration_staging.h"
#include "util/crypto.h"

namespace postbell::backend {
namespace {

using Change = store::MailboxChange::Kind;

}  // namespace

Acceptance stageForMailbox(const store::MailboxCallback& mailbox, const MailEvent& event,
                           util::WallTime now, Staged& staged) {
    const std::string& current = mailbox.subscription_hash;
    // The server notifies before it has answered the request that names the subscription's id.
    const bool known = !current.empty();
    if (known && !event.subscription.empty() && util::sha256(event.subscription) != current) {
        ++staged.tally.nobody;
        return Acceptance::Nobody;
    }
    const auto change = [&](Change kind) { staged.writes.change({mailbox.mailbox, kind, now}); };
    bool served = false;
    for (const store::Recipient& recipient : mailbox.served) {
        if (!recipient.isServed()) continue;
        served = true;
        if (!staged.tally.reach()) break;
        staged.heard.push_back({recipient.id, false});
        if (!event.isMail()) continue;
        staged.writes.events.push_back(stagedMail(recipient, event, now));
        // A folder's count is not known to be the inbox's; the gateway reads it itself.
        if (event.folder.empty())
            staged.writes.events.back().count = event.unread.value_or(store::kUnknownCount);
    }
    if (!served) {
        ++staged.tally.nobody;
        change(Change::Idle);
        return Acceptance::Nobody;
    }
    ++staged.tally.accepted;
    // Only its id can have a subscription renewed or ended, as on a registration's callback.
    const bool names_current = known && !event.subscription.empty();
    if (names_current && event.kind == MailKind::Renew) change(Change::RenewAsked);
    if (names_current && event.kind == MailKind::Ended) change(Change::Ended);
    return Acceptance::Accepted;
}

}  // namespace postbell::backend
