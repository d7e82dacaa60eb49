// SPDX-License-Identifier: Apache-2.0
// Creating, renewing and removing a mailbox's Graph subscription
// (learn.microsoft.com/graph/api/resources/subscription).
#pragma once
#include <memory>

#include "managed_settings.h"
#include "postbell/managed.hpp"
#include "subscription_memory.h"

namespace postbell::office365 {

// `memory` must outlive the work; calls of one memory's works never overlap.
std::unique_ptr<Work> makeSubscribe(const ManagedSettings& settings, SubscriptionMemory& memory,
                                    Task task);
/// A renewal is a new authorization as well.
std::unique_ptr<Work> makeRenew(const ManagedSettings& settings, SubscriptionMemory& memory,
                                Task task);
std::unique_ptr<Work> makeUnsubscribe(const ManagedSettings& settings, Task task);

}  // namespace postbell::office365
