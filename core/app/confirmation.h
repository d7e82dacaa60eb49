// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace postbell::app {

/// Asks at the terminal for the name of the tenant or app that a call removes, unless it was given.
/// Without a terminal the call is refused as it is.
nlohmann::json withConfirmation(const std::string& call, nlohmann::json arguments);

}  // namespace postbell::app
