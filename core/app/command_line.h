// SPDX-License-Identifier: Apache-2.0
// The typed command line, as a value.
#pragma once
#include <nlohmann/json.hpp>

#include <map>
#include <optional>
#include <string>

namespace postbell::app {

struct Invocation {
    enum class Kind { Serve, Check, Init, MasterKeyNew, PluginValidate, Admin };
    Kind kind = Kind::Admin;
    std::string config = "/etc/postbell/postbell.toml";
    bool json = false;
    std::string path;          ///< Init: the directory; MasterKeyNew: the file
    std::string admin_call;    ///< Admin: "tenant/add"
    nlohmann::json arguments;  ///< Admin, PluginValidate
    /// The options that become arguments of calls, by the arguments' names.
    std::map<std::string, std::string> options;
};

/// Gives the invocation; or prints help, the version or a mistake, and gives the exit code. Files
/// that an option names are read here, so that a running gateway need not have access to them.
struct Parsed {
    std::optional<Invocation> invocation;
    int exit_code = 0;
};
Parsed parseCommandLine(int argc, char** argv);

}  // namespace postbell::app
