// SPDX-License-Identifier: Apache-2.0
// A mailbox whose subscription the gateway holds itself: in three degrees of completeness.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "store/basics.h"

namespace postbell::store {

/// A mailbox whose subscription the gateway holds itself.
struct MailboxSubscription {
    Id id = 0;
    std::string instance;
    util::WallTime expires_at;  ///< of the subscription; not set: does not end
    util::WallTime due_at;      ///< when its next task is
    util::WallTime failed_at;   ///< the first failure since the last success
    bool refused = false;       ///< the failure will not go away by itself
    std::string problem;        ///< a sentence: the last failure
};

/// The mailbox as its registrations see it; id 0: the app subscribes, and reports.
struct MailboxState : MailboxSubscription {
    bool subscribed = false;
};

/// The mailbox with the data of its tasks.
struct ManagedMailbox : MailboxSubscription {
    std::string mailbox;       ///< opened: the backend's own word for it
    std::string subscription;  ///< opened; empty: none
    util::WallTime renew_at;
    std::uint32_t attempts = 0;     ///< that failed in a row
    util::WallTime ended_at;        ///< the server ended the subscription
    util::WallTime renew_asked_at;  ///< the server asked for a new authorization
    /// The text that the server wants back before it notifies; empty: there is none.
    std::string note;
    /// Goes up with every change that its tasks depend on.
    std::int64_t wake_count = 0;
    std::int64_t registrations = 0;
    std::int64_t live = 0;  ///< registrations whose device is not dead and whose app is turned on
};

/// The latest part of a subscription's lifetime after which it is renewed, in percent.
constexpr std::int64_t kLatestRenewalPercent = 60;

/// Whether the subscription began later than `now`: its times come of a wall clock that was ahead,
/// and the server ends it earlier than they say. A clock that was ahead by too little to tell does
/// no harm: as renewals come after 45 % of the lifetime at the earliest, the next one still comes
/// before the true end.
constexpr bool isMisdated(const ManagedMailbox& mailbox, util::WallTime now) {
    if (!util::isSet(mailbox.expires_at)) return false;
    const util::Milliseconds max_lifetime =
        (mailbox.expires_at - mailbox.renew_at) * 100 / (100 - kLatestRenewalPercent);
    return now < mailbox.expires_at - max_lifetime;
}

/// The longest pause before a mailbox's next task is a day, and an hour for clocks that drift; only
/// renewals are further ahead.
constexpr util::Milliseconds kMaxTaskPause = std::chrono::hours(25);

/// Whether the mailbox waits for a time that a wall clock ahead of `now` has set.
constexpr bool waitsTooLong(const ManagedMailbox& mailbox, util::WallTime now) {
    if (mailbox.due_at <= now) return false;
    const bool for_renewal = util::isSet(mailbox.expires_at) && mailbox.due_at == mailbox.renew_at;
    return isMisdated(mailbox, now) || (!for_renewal && mailbox.due_at > now + kMaxTaskPause);
}

/// The mailbox after its instance has given it up with this problem: its subscription and note are
/// forgotten, and it is due for the day when the instance takes it back. An earlier time of failure
/// stays, and so does a mailbox that has this problem already.
inline ManagedMailbox refused(ManagedMailbox mailbox, std::string_view problem,
                              util::WallTime now) {
    if (mailbox.problem == problem) return mailbox;
    mailbox.subscription.clear();
    mailbox.note.clear();
    mailbox.refused = true;
    mailbox.problem = problem;
    mailbox.due_at = {};
    if (!util::isSet(mailbox.failed_at)) mailbox.failed_at = now;
    return mailbox;
}

struct MailboxTotals {
    std::string instance;
    std::int64_t mailboxes = 0, subscribed = 0, failing = 0;
};

}  // namespace postbell::store
