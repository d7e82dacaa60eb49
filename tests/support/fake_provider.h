// SPDX-License-Identifier: Apache-2.0
// A provider whose every answer is the test's own. The test program needs the fixture of
// fake_provider_plugin.cpp.
#pragma once
#include <nlohmann/json.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "provider/provider.h"
#include "support/provider_script.h"
#include "unit/plugin/plugin_folder.h"

namespace postbell::testing {

/// The instance "fake", for platform "ios", whose network is https://push.example.com.
struct FakeProvider {
    /// `plugin_name`: "fake_provider", or "expensive_provider" whose encoder runs beside the loop.
    /// "device_provider": devices name the origin. `allowed`: the section's allowed_origins.
    explicit FakeProvider(const std::string& plugin_name = "fake_provider",
                          std::vector<std::string> allowed = {}) {
        bench.folder.add(plugin_name);
        config::PluginSection section =
            test::Bench::section(config::PluginKind::Provider, plugin_name);
        section.instance = "fake";
        section.allowed_origins = std::move(allowed);
        *section.own = {{"script", std::to_string(reinterpret_cast<std::uintptr_t>(&script))}};
        auto plugin = plugin::ProviderPlugin::open(section, bench.context);
        plugin->start();
        provider = std::make_unique<provider::Provider>(std::move(plugin));
    }
    FakeProvider(const FakeProvider&) = delete;
    FakeProvider& operator=(const FakeProvider&) = delete;

    ProviderScript script;
    test::Bench bench;
    std::unique_ptr<provider::Provider> provider;
};

}  // namespace postbell::testing
