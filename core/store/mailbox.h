// SPDX-License-Identifier: Apache-2.0
// A mailbox whose subscription the gateway holds itself: three degrees of it.
#pragma once
#include <cstdint>
#include <string>

#include "store/basics.h"

namespace postbell::store {

/// A mailbox whose subscription the gateway holds itself.
struct ManagedSubscription {
    Id id = 0;
    std::string instance;
    std::int64_t expires_at = 0;  ///< of the subscription; 0: does not end
    std::int64_t due_at = 0;      ///< when the gateway looks at it again
    std::int64_t failed_at = 0;   ///< the first failure since the last success; 0: none
    bool refused = false;         ///< that failure will not go away by itself
    std::string problem;          ///< a sentence: the last failure
};

/// The same as its registrations see it; id 0: the app subscribes, and reports.
struct ManagedState : ManagedSubscription {
    bool subscribed = false;
};

/// The same with what its tasks need.
struct ManagedMailbox : ManagedSubscription {
    std::string mailbox;       ///< opened: the backend's own word for it
    std::string subscription;  ///< opened; empty: none
    std::int64_t renew_at = 0;
    std::uint32_t attempts = 0;       ///< that failed in a row
    std::int64_t ended_at = 0;        ///< the server ended the subscription; 0: it did not
    std::int64_t renew_asked_at = 0;  ///< the server asked for a new authorization; 0: it did not
    std::string note;  ///< the server wants it back before it notifies; empty: it wants nothing
    std::int64_t asked = 0;  ///< goes up whenever somebody else wants it looked at
    std::int64_t registrations = 0;
    std::int64_t live = 0;  ///< registrations whose device is not dead and whose app is turned on
};
struct ManagedCount {
    std::string instance;
    std::int64_t mailboxes = 0, subscribed = 0, failing = 0;
};

}  // namespace postbell::store
