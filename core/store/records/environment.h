// SPDX-License-Identifier: Apache-2.0
// The names of environments, as devices, admins and metrics have them.
#pragma once
#include <optional>
#include <string_view>

#include "store/records/basics.h"

namespace postbell::store {

/// "production" or "sandbox"; empty: none.
const char* environmentName(Environment environment);
/// Nothing: no environment has the name.
std::optional<Environment> environmentNamed(std::string_view name);

}  // namespace postbell::store
