// SPDX-License-Identifier: Apache-2.0
#include "app/confirmation.h"

#include <nlohmann/json.hpp>

#include <unistd.h>

#include <iostream>

#include "util/printable.h"

namespace postbell::app {

nlohmann::json withConfirmation(const std::string& call, nlohmann::json arguments) {
    const bool tenant = call == "tenant/remove";
    if (!tenant && call != "app/remove") return arguments;
    if (arguments.contains("confirm") || ::isatty(STDIN_FILENO) == 0) return arguments;
    const char* const kind = tenant ? "tenant" : "app";
    std::cerr << "This erases the " << kind << " " << util::printable(arguments.value(kind, ""))
              << " with its credentials and registrations, and there is no way back.\n"
              << "Type its name to go on: " << std::flush;
    std::string name;
    std::getline(std::cin, name);
    arguments["confirm"] = name;
    return arguments;
}

}  // namespace postbell::app
