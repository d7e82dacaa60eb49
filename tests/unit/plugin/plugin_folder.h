// SPDX-License-Identifier: Apache-2.0
// A folder with copies of fixture plugins whose rights do not depend on who built them.
#pragma once
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <prometheus/registry.h>

#include "config/plugin_section.h"
#include "log/log.h"
#include "plugin/services.h"
#include "support/fake_clock.h"
#include "support/temporary_folder.h"

namespace postbell::test {

class PluginFolder {
  public:
    PluginFolder() { ::chmod(path().c_str(), 0755); }

    const std::filesystem::path& path() const { return folder_.path(); }
    std::filesystem::path file(const std::string& name) const { return path() / (name + ".so"); }

    /// Copies a fixture, under another name if `as` is given.
    std::filesystem::path add(const std::string& fixture, const std::string& as = {}) {
        const auto target = file(as.empty() ? fixture : as);
        std::filesystem::copy_file(source(fixture), target);
        ::chmod(target.c_str(), 0644);
        return target;
    }
    void write(const std::string& name, const std::string& content) {
        std::ofstream(file(name), std::ios::binary | std::ios::trunc) << content;
        ::chmod(file(name).c_str(), 0644);
    }
    static std::filesystem::path source(const std::string& fixture) {
        return std::filesystem::path(POSTBELL_FIXTURES) / (fixture + ".so");
    }
    static std::string contentOf(const std::string& fixture) { return read(source(fixture)); }
    static std::string read(const std::filesystem::path& path) {
        std::ifstream in(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }

  private:
    testing::TemporaryFolder folder_;
};

/// The bench that plugins are opened on, with a log file.
struct Bench {
    PluginFolder folder;
    std::string log_file = (folder.path() / "log").string();
    log::Log log{{log::Level::Debug, log::Format::Json, log_file}};
    prometheus::Registry registry;
    testing::FakeClock clock{1'700'000'000'000, 42};
    plugin::PluginContext context{folder.path().string(), log, registry, clock, "0.1.0"};

    std::string logged() const {
        log.flush();
        return PluginFolder::read(log_file);
    }

    static config::PluginSection section(config::PluginKind kind, const std::string& plugin) {
        config::PluginSection section;
        section.kind = kind;
        section.instance = plugin == "c_backend" ? "mine" : "yours";
        section.plugin = plugin;
        section.enabled = true;
        section.at = {12, 1};
        section.file = "p.toml";
        return section;
    }
};

}  // namespace postbell::test
