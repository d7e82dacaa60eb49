// SPDX-License-Identifier: Apache-2.0
// Creating, renewing and removing a mailbox's Graph subscription
// (learn.microsoft.com/graph/api/resources/subscription).
#pragma once
#include <memory>

#include "managed_settings.h"
#include "postbell/managed.hpp"

namespace postbell::office365 {

std::unique_ptr<Work> makeSubscribe(const ManagedSettings& settings, Task task);
/// A renewal is a new authorization as well.
std::unique_ptr<Work> makeRenew(const ManagedSettings& settings, Task task);
std::unique_ptr<Work> makeUnsubscribe(const ManagedSettings& settings, Task task);

}  // namespace postbell::office365
