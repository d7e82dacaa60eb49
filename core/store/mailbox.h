// SPDX-License-Identifier: Apache-2.0
// A mailbox whose subscription the gateway holds itself: in three degrees of completeness.
#pragma once
#include <cstdint>
#include <string>

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

/// The same as its registrations see it; id 0: the app subscribes, and reports.
struct MailboxState : MailboxSubscription {
    bool subscribed = false;
};

/// The same with the data of its tasks.
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
struct MailboxTotals {
    std::string instance;
    std::int64_t mailboxes = 0, subscribed = 0, failing = 0;
};

}  // namespace postbell::store
