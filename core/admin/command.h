// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <variant>
#include <vector>

namespace postbell::admin {

using Json = nlohmann::json;
class Operation;

/// The work of a call that may take longer than a moment. Throws as Command::run() does.
using Work = std::function<Json(Operation& operation)>;
/// A call's reply once its arguments have been checked: its result, or the work still to be done.
using Reply = std::variant<Json, Work>;

enum class Effect {
    Reads,
    Changes,  ///< leaves a line in the audit trail
};

/// A call of the admin API. run() throws web::Problem with a sentence for the admin, or
/// StoreError.
struct Command {
    std::function<Reply(const Json& arguments)> run;
    Effect effect = Effect::Reads;
    std::vector<std::string> arguments;  ///< the names that `run` reads; others are refused
};

/// By name: "tenant/add".
using CommandTable = std::map<std::string, Command, std::less<>>;

/// Makes JSON of a reply: a result stays as it is, and work is done, or begun.
using Finish = std::function<Json(Reply reply)>;
/// Does the work at once.
Json finishNow(Reply reply);

}  // namespace postbell::admin
