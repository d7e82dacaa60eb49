// SPDX-License-Identifier: Apache-2.0
// The waist of the contract: its structs on one side, values on the other.
#pragma once
#include <optional>
#include <vector>

#include "postbell/abi.h"
#include "provider/push.h"

namespace postbell::provider {

/// Borrows from `push`, and from `settings`, which it fills with the push's.
postbell_push rawPush(const Push& push, std::vector<postbell_header>& settings);

/// Borrows from `request`. Precondition: requestBreach() found no breach.
void fill(Encoded& encoded, const postbell_http_request& request);

/// Nothing: the contract does not know the result.
std::optional<Outcome> outcomeOf(const postbell_outcome& raw);

}  // namespace postbell::provider
