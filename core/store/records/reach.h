// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>

namespace postbell::store {

/// The registrations that one event of a whole mail server can reach at most, the oldest
/// registrations first. Apps choose what they report, so that any number may have reported one
/// subscription.
constexpr std::size_t kMaxRecipients = 1'000;

}  // namespace postbell::store
