// SPDX-License-Identifier: Apache-2.0
// One [[backend]] or [[provider]]: an instance of a plugin.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/problem.h"
#include "util/json_value.h"

namespace postbell::config {

enum class PluginKind { Backend, Provider };
std::string_view sectionName(PluginKind kind);  ///< "[[backend]]"

struct PluginSection {
    PluginKind kind = PluginKind::Backend;
    std::string instance;
    std::string plugin;  ///< the file is PLUGIN.so in the plugins' directory
    bool enabled = false;
    std::vector<std::string> grants;  ///< "outbound", "secrets"
    std::string endpoint;  ///< provider: an origin instead of the network's own; may be empty
    std::vector<std::string> allowed_origins;  ///< where requests may go beside the plugin's own
    unsigned pool_threads = 4;                 ///< backend: threads for one that may block

    /// The plugin's own keys, an object without those that are "". Dates and times are text.
    util::JsonValue own = util::JsonValue::object();
    /// Keys that were written as "", which means unset.
    std::vector<std::string> unset;
    /// Where the values of `own` (by JSON pointer: "/cloud", "/hosts/0") and the keys of `unset`
    /// ("/cloud") are.
    std::map<std::string, Position> positions;
    Position at;       ///< of the section
    std::string file;  ///< for messages
};

}  // namespace postbell::config
