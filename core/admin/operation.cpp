// SPDX-License-Identifier: Apache-2.0
#include "admin/operation.h"

#include <nlohmann/json.hpp>

#include "admin/command.h"
#include "web/problem.h"

namespace postbell::admin {

void Operation::requireGoingOn(const std::string& rest) const {
    if (stop_.stop_requested())
        throw web::Problem(503, "the gateway is stopping, and this ended before its end: " + rest +
                                    "; give the command again once the gateway runs");
}

Json finishNow(Reply reply) {
    if (Json* const result = std::get_if<Json>(&reply)) return std::move(*result);
    Operation operation;
    return std::get<Work>(reply)(operation);
}

}  // namespace postbell::admin
