// SPDX-License-Identifier: Apache-2.0
// A command's answer, for people or for programs.
#pragma once
#include <nlohmann/json_fwd.hpp>

#include <string>

namespace postbell::app {

/// To standard output: one JSON object, or lines "name: value" and tables.
void printAnswer(const nlohmann::json& answer, bool as_json);
/// A sentence to standard error, or {"error": {"title": ...}} to standard output.
void printError(const std::string& title, bool as_json);

}  // namespace postbell::app
