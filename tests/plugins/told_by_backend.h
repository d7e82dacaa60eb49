// SPDX-License-Identifier: Apache-2.0
// What a backend's plugin tells a gateway about itself.
#pragma once
#include <catch2/catch.hpp>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "plugins/refused_config.h"
#include "postbell/testing/fake_host.hpp"
#include "postbell/testing/loaded_plugin.hpp"

namespace postbell::test {

inline nlohmann::json schemaOf(const std::string& file) {
    return nlohmann::json::parse(testing::LoadedPlugin(file).descriptor().config_schema);
}

struct Description {
    std::string callback;
    std::uint32_t heartbeat_ms;
};

/// With one line in the plugin's section, or with none if `value` is empty.
inline Description described(const std::string& file, const char* key = "",
                             const std::string& value = {}) {
    const testing::LoadedPlugin plugin(file);
    testing::FakeHost host;
    if (!value.empty()) host.setConfig(key, value);
    const testing::PluginInstance instance(plugin, host);
    postbell_description told{};
    told.size = sizeof told;
    REQUIRE(instance.table<postbell_backend_v0>().describe(instance.self(), &told) == POSTBELL_OK);
    return {std::string(view(told.callback)), told.heartbeat_ms};
}

/// The instance without config, whose routes are looked at while it lives.
class Routes {
  public:
    explicit Routes(const std::string& file) : plugin_(file), instance_(plugin_, host_) {}

    const postbell_route& only() const {
        std::size_t count = 0;
        const postbell_route* const routes =
            instance_.table<postbell_backend_v0>().routes(instance_.self(), &count);
        REQUIRE(count == 1);
        return routes[0];
    }

  private:
    testing::LoadedPlugin plugin_;
    testing::FakeHost host_;
    testing::PluginInstance instance_;
};

}  // namespace postbell::test
