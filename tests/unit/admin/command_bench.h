// SPDX-License-Identifier: Apache-2.0
// Shared by the tests of commands.
#pragma once
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "admin/command.h"
#include "web/problem.h"

namespace postbell::admin {

/// A family of commands, called as the admin API calls it.
struct Called {
    template <class Commands>
    explicit Called(Commands& commands) {
        commands.addTo(table);
    }
    Json operator()(const std::string& name, const Json& arguments = Json::object()) const {
        return finishNow(table.at(name).run(arguments));
    }
    /// The status of the Problem that it throws; 0: none.
    int refusal(const std::string& name, const Json& arguments) const {
        try {
            finishNow(table.at(name).run(arguments));
        } catch (const web::Problem& problem) {
            CHECK(std::string(problem.what()) != "");
            return problem.status();
        }
        return 0;
    }
    CommandTable table;
};

}  // namespace postbell::admin
