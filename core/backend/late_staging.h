// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <optional>

#include "backend/staged.h"
#include "store/records/records.h"

namespace postbell::backend {

/// Reads a registration with when it was seen, which an event's way does not read.
using ReadRegistration = std::function<std::optional<store::Registration>(store::Id)>;

/// Stages the mail of other folders and the nudges of a message that have an effect. Mail of
/// another folder rings, without a count, while it may be the inbox in another spelling: no
/// notification has named the reported folder, and the two ids are not known to be of two folders.
/// An app is nudged if that is not too early; else the sweeper nudges it in time. Seldom has
/// anything to do, and then reads the store, once for each registration, and throws StoreError.
void stageLate(Staged& staged, const ReadRegistration& read, util::WallTime now);

}  // namespace postbell::backend
