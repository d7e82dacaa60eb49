// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <variant>

namespace postbell::admin {

using Json = nlohmann::json;
class Operation;

/// The work of a call that may take longer than a moment. Throws as Command::run() does.
using Work = std::function<Json(Operation& operation)>;
/// What a call gives: its result, or the work that is still to be done for it, once the arguments
/// have been checked.
using Reply = std::variant<Json, Work>;

/// A call of the admin API. run() throws web::Problem with a sentence for the admin, or
/// StoreError.
struct Command {
    std::function<Reply(const Json& arguments)> run;
    bool changes = false;  ///< leaves a line in the audit trail
};

/// By name: "tenant/add".
using CommandTable = std::map<std::string, Command, std::less<>>;

/// What becomes of a reply: a result stays what it is, and work is done, or begun.
using Finish = std::function<Json(Reply reply)>;
/// Does the work at once.
Json finishNow(Reply reply);

}  // namespace postbell::admin
