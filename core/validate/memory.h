// SPDX-License-Identifier: Apache-2.0
// Whether a call gives back the memory that it takes.
#pragma once
#include <functional>
#include <string>

namespace postbell::validate {

/// Throws a Sin if this process grows while `call` is made again and again, after some calls that
/// fill memory that the plugin keeps for good. `function` names the call, as "handle()".
void requireNoGrowth(const std::string& function, const std::function<void()>& call);

}  // namespace postbell::validate
