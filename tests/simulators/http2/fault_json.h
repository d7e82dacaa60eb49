// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "control_input.h"
#include "fault.h"

namespace http2_simulator {

/// One rule, a list of them, or {"rules": list}. Throws BadInput.
std::vector<FaultRule> parseFaults(const nlohmann::json& body);
nlohmann::json describeFaults(const std::vector<FaultRule>& rules);

}  // namespace http2_simulator
