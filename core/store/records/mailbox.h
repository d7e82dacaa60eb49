// SPDX-License-Identifier: Apache-2.0
// A mailbox whose subscription the gateway holds itself: in three degrees of completeness.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "store/records/basics.h"

namespace postbell::store {

/// How a problem begins that is not of its mailbox alone: the gateway's, its network's, or its mail
/// server's with any mailbox. The words behind it are for admins: they may name files, hosts and
/// other people's mailboxes.
constexpr std::string_view kServerUnusable = "the gateway cannot use the mail server now";

/// A mailbox whose subscription the gateway holds itself.
struct MailboxSubscription {
    Id id = 0;
    std::string instance;
    util::WallTime expires_at;  ///< of the subscription; not set: does not end
    util::WallTime due_at;      ///< when its next task is
    util::WallTime failed_at;   ///< the first failure since the last success
    bool refused = false;       ///< this mailbox, and the failure will not go away by itself
    /// A sentence: the last failure. See also kServerUnusable.
    std::string problem;
};

/// The mailbox as its registrations see it; id 0: the app subscribes, and reports.
struct MailboxState : MailboxSubscription {
    bool subscribed = false;  ///< and the server has not ended it
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
/// A subscription is renewed after this time at the latest, however long it lasts: a server that
/// has removed it without a word says so then.
constexpr util::Milliseconds kMaxRenewalPause = util::kDay;

/// Whether the subscription began later than `now`: its times come of a wall clock that was ahead,
/// and the server ends it earlier than they say. A clock that was ahead by too little to tell does
/// no harm: the next renewal still comes before the true end.
constexpr bool isMisdated(const ManagedMailbox& mailbox, util::WallTime now) {
    if (!util::isSet(mailbox.expires_at)) return false;
    const util::Milliseconds left = mailbox.expires_at - mailbox.renew_at;
    const util::Milliseconds max_pause =
        std::min(left * kLatestRenewalPercent / (100 - kLatestRenewalPercent), kMaxRenewalPause);
    return now < mailbox.renew_at - max_pause;
}

/// The longest pause before a mailbox's next task is a day, and an hour for clocks that drift.
constexpr util::Milliseconds kMaxTaskPause = std::chrono::hours(25);

/// Whether the mailbox waits for a time that a wall clock ahead of `now` has set.
constexpr bool waitsTooLong(const ManagedMailbox& mailbox, util::WallTime now) {
    if (mailbox.due_at <= now) return false;
    return isMisdated(mailbox, now) || mailbox.due_at > now + kMaxTaskPause;
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
    if (!util::isSet(mailbox.failed_at) || mailbox.failed_at > now) mailbox.failed_at = now;
    return mailbox;
}

struct MailboxTotals {
    std::string instance;
    std::int64_t mailboxes = 0, subscribed = 0, failing = 0;
};

}  // namespace postbell::store
