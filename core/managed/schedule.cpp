// SPDX-License-Identifier: Apache-2.0
#include "managed/schedule.h"

#include <algorithm>
#include <chrono>

namespace postbell::managed {
namespace {

using namespace std::chrono_literals;

constexpr double kEarliestRenewal = 0.75;  // of the time until the latest

bool expired(const store::ManagedMailbox& mailbox, util::WallTime now) {
    const util::WallTime expires = mailbox.expires_at;
    return util::isSet(expires) && now >= expires;
}

}  // namespace

MailboxAction nextAction(const store::ManagedMailbox& mailbox, util::WallTime now) {
    if (mailbox.live == 0) {
        if (!mailbox.subscription.empty()) return MailboxAction::Unsubscribe;
        return mailbox.registrations == 0 ? MailboxAction::Forget : MailboxAction::Sleep;
    }
    if (mailbox.subscription.empty() || util::isSet(mailbox.ended_at) || expired(mailbox, now))
        return MailboxAction::Subscribe;
    // Until then the server notifies of nothing.
    if (!mailbox.note.empty()) return MailboxAction::Confirm;
    if (util::isSet(mailbox.renew_asked_at)) return MailboxAction::Reauthorize;
    const bool renewable = util::isSet(mailbox.expires_at);
    if (renewable && (now >= mailbox.renew_at || store::isMisdated(mailbox, now)))
        return MailboxAction::Renew;
    return MailboxAction::Sleep;
}

util::WallTime sleepUntil(const store::ManagedMailbox& mailbox, util::WallTime now) {
    if (mailbox.live == 0 || !util::isSet(mailbox.expires_at)) return now + util::kDay;
    return std::max(mailbox.renew_at, now + util::Milliseconds(1s));
}

util::WallTime renewAt(util::WallTime now, util::WallTime expires, double chance) {
    if (!util::isSet(expires)) return now + util::kDay;
    const util::Milliseconds lifetime = std::max(expires - now, util::Milliseconds::zero());
    const util::Milliseconds latest =
        std::min(lifetime * store::kLatestRenewalPercent / 100, store::kMaxRenewalPause);
    const double part = kEarliestRenewal + (1 - kEarliestRenewal) * chance;
    return now + util::Milliseconds(static_cast<util::Milliseconds::rep>(
                     static_cast<double>(latest.count()) * part));
}

}  // namespace postbell::managed
