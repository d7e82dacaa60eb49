// SPDX-License-Identifier: Apache-2.0
// The next task of a mailbox, and when it is due: pure functions of its row, the clock and a random
// number.
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
    Forget,  ///< no registration is left, and no subscription
};

MailboxAction nextAction(const store::ManagedMailbox& mailbox, util::WallTime now);
/// When a mailbox that sleeps is looked at again.
util::WallTime sleepUntil(const store::ManagedMailbox& mailbox, util::WallTime now);

/// About half-way to the end, so that an outage of half the lifetime does no harm; spread by
/// `chance`, 0 to 1, so that subscriptions that began together do not renew together. `expires`:
/// not set, if the subscription does not end.
util::WallTime renewAt(util::WallTime now, util::WallTime expires, double chance);

}  // namespace postbell::managed
