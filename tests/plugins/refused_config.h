// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdexcept>
#include <string>

#include "postbell/testing/loaded_plugin.hpp"

namespace postbell::test {

/// The sentence with which a plugin refuses one line in its section; empty if it does not.
inline std::string refusalOf(const testing::LoadedPlugin& plugin, const std::string& key,
                             const std::string& value) {
    testing::FakeHost host;
    host.setConfig(key, value);
    try {
        const testing::PluginInstance instance(plugin, host);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return {};
}

}  // namespace postbell::test
