// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "fault.h"

namespace apns_simulator {

/// What a caller of the control API got wrong; what() is a sentence.
class BadInput : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// Throws BadInput when `object` is no object or has a key that is not in `known`: a misspelt key
/// must not pass for a rule that never fires.
void requireKeys(const nlohmann::json& object, const std::string& what,
                 const std::set<std::string>& known);

/// One rule, a list of them, or {"rules": list}. Throws BadInput.
std::vector<FaultRule> parseFaults(const nlohmann::json& body);
nlohmann::json describeFaults(const std::vector<FaultRule>& rules);

}  // namespace apns_simulator
