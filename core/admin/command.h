// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace postbell::admin {

using Json = nlohmann::json;

/// A call of the admin API. run() throws web::Problem with a sentence for the admin, or
/// StoreError.
struct Command {
    std::function<Json(const Json& arguments)> run;
    bool changes = false;  ///< leaves a line in the audit trail
};

/// By name: "tenant/add".
using CommandTable = std::map<std::string, Command, std::less<>>;

}  // namespace postbell::admin
