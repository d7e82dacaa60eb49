// SPDX-License-Identifier: Apache-2.0
// When something is to be done for a managed mailbox, and what: pure functions of its row, the
// clock and a random number.
#pragma once
#include <cstdint>

#include "store/records.h"

namespace postbell::managed {

enum class Next {
    Sleep,  ///< until its due time
    Subscribe,
    Renew,
    Reauthorize,
    Unsubscribe,
    Forget,  ///< nobody is left, and nothing is subscribed
};

Next nextTask(const store::ManagedMailbox& mailbox, std::int64_t now_ms);
/// When a row for which nothing is to be done is looked at again.
std::int64_t sleepUntil(const store::ManagedMailbox& mailbox, std::int64_t now_ms);

/// `chance`: 0 to 1. About half-way, so that an outage of half the lifetime harms nobody, and
/// spread, so that those that began together do not renew together.
std::int64_t renewAt(std::int64_t now_ms, std::int64_t expires_ms, double chance);
/// The pause after `failures` failures in a row (from 1).
std::int64_t retryAfter(std::uint32_t failures, bool refused, double chance);

}  // namespace postbell::managed
