// SPDX-License-Identifier: Apache-2.0
// Reads what callers of the control API send. Each throws BadInput.
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>

namespace http2_simulator {

/// What a caller of the control API got wrong; what() is a sentence.
class BadInput : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// `object` is an object without a key that is not in `known` (empty: any): a misspelt key must not
/// pass for a rule that never fires.
void requireKeys(const nlohmann::json& object, const std::string& what,
                 const std::set<std::string>& known);
/// Empty if it is missing and not required.
std::string textOf(const nlohmann::json& object, const char* key, bool required);
double numberOf(const nlohmann::json& object, const char* key, double fallback);
/// True for the word `on`, false for `off`, `current` if the key is missing.
bool switchOf(const nlohmann::json& object, const char* key, const char* on, const char* off,
              bool current);

}  // namespace http2_simulator
