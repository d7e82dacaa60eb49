// SPDX-License-Identifier: Apache-2.0
// A managed backend whose every answer is the test's own. The test program needs the fixture of
// fake_managed_plugin.cpp.
#pragma once
#include <nlohmann/json.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "plugin/backend_plugin.h"
#include "support/managed_script.h"
#include "unit/plugin/plugin_folder.h"

namespace postbell::testing {

/// The instance "mail", which may send to http://127.0.0.1:1, where no server answers.
struct FakeManaged {
    /// `allowed`: the section's allowed_origins.
    explicit FakeManaged(std::vector<std::string> allowed = {}) {
        bench.folder.add("fake_managed");
        config::PluginSection section =
            test::Bench::section(config::PluginKind::Backend, "fake_managed");
        section.instance = "mail";
        section.grants = {"outbound"};
        section.allowed_origins = std::move(allowed);
        *section.own = {{"script", std::to_string(reinterpret_cast<std::uintptr_t>(&script))}};
        plugin = plugin::BackendPlugin::open(section, bench.context);
        plugin->start();
    }
    FakeManaged(const FakeManaged&) = delete;
    FakeManaged& operator=(const FakeManaged&) = delete;

    ManagedScript script;
    test::Bench bench;
    std::unique_ptr<plugin::BackendPlugin> plugin;
};

}  // namespace postbell::testing
