// SPDX-License-Identifier: Apache-2.0
// Requests that a plugin makes, held against the rules by which the gateway sends them.
#pragma once
#include <string>
#include <vector>

#include "validate/subject.h"

namespace postbell::validate {

/// The rules of a provider's origins, or those of managed subscriptions, which may be http:// on a
/// loopback address.
enum class Origins { Push, Managed };

/// The normal forms of the plugin's and its section's origins. Throws a Sin for one that is none.
std::vector<std::string> originsOf(const Running& running, Origins rules);

/// Throws a Sin unless the gateway would send the request. `origins`: those that it may go to;
/// empty: any.
void requireSendable(const testing::SentRequest& request, const std::vector<std::string>& origins,
                     Origins rules = Origins::Push);

}  // namespace postbell::validate
