// SPDX-License-Identifier: Apache-2.0
// The next task of a mailbox, and when it is due: pure functions of its row, the clock and a random
// number.
#pragma once
#include "store/records/records.h"
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

/// Within a day, so that a subscription which the server has removed without a word is missed for
/// no longer; of a short lifetime about half-way to the end, so that an outage of half of it does
/// no harm. Spread by `chance`, 0 to 1, so that subscriptions that began together do not renew
/// together. `expires`: not set, if the subscription does not end.
util::WallTime renewAt(util::WallTime now, util::WallTime expires, double chance);

}  // namespace postbell::managed
