// SPDX-License-Identifier: Apache-2.0
// When something is to be done for a mailbox, and what: pure functions of its row, the clock and a
// random number.
#pragma once
#include "store/records.h"
#include "util/time.h"

namespace postbell::managed {

enum class MailboxAction {
    Sleep,  ///< until its due time
    Subscribe,
    Renew,
    Confirm,
    Reauthorize,
    Unsubscribe,
    Forget,  ///< nobody is left, and nothing is subscribed
};

MailboxAction nextAction(const store::ManagedMailbox& mailbox, util::WallTime now);
/// When a row for which nothing is to be done is looked at again.
util::WallTime sleepUntil(const store::ManagedMailbox& mailbox, util::WallTime now);

/// `expires`: not set, if the subscription does not end. `chance`: 0 to 1. About half-way, so that
/// an outage of half the lifetime harms nobody, and spread, so that those that began together do
/// not renew together.
util::WallTime renewAt(util::WallTime now, util::WallTime expires, double chance);

}  // namespace postbell::managed
