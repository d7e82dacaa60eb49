// SPDX-License-Identifier: Apache-2.0
// The gateway's services for one instance of a plugin.
#pragma once
#include <array>
#include <atomic>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "config/plugin_section.h"
#include "log/log.h"
#include "postbell/abi.h"
#include "util/clock.h"
#include "util/trace.h"
#include "util/trusted_owners.h"

namespace prometheus {
class Counter;
class Registry;
}  // namespace prometheus

namespace postbell::plugin {

/// The surroundings of plugins. The references must outlive every instance.
struct PluginContext {
    std::string directory;  ///< absolute
    log::Log& log;
    prometheus::Registry& registry;
    const util::Clock& clock;
    std::string gateway_version;
    util::TrustedOwners trusted_owners{};  ///< of files with secrets
};

/// While an object lives, a plugin's log lines on its thread carry the trace.
class TraceScope {
  public:
    explicit TraceScope(util::Trace trace);
    ~TraceScope();
    TraceScope(const TraceScope&) = delete;
    TraceScope& operator=(const TraceScope&) = delete;
};

/// One instance's postbell_host with its services: log, metrics, time, config, and those that were
/// granted. Thread-safe as the contract says; does not move, since the plugin holds its address.
class Services {
  public:
    /// `granted`: POSTBELL_NEEDS_* that the plugin asks for and its section gives.
    Services(const config::PluginSection& section, const PluginContext& context,
             std::uint32_t granted = 0);
    Services(const Services&) = delete;
    Services& operator=(const Services&) = delete;

    const postbell_host* host() const { return &view_.host; }
    const std::string& instance() const { return instance_; }

    bool logs(int level) const;
    void write(int level, postbell_str text, const postbell_header* fields, std::size_t count);
    postbell_counter counter(std::string_view name, std::string_view help);
    void add(postbell_counter counter, double amount);
    const util::Clock& clock() const { return clock_; }
    /// Null: the section has no such key.
    const std::string* config(std::string_view key) const;
    bool granted(std::uint32_t need) const { return (granted_ & need) != 0; }
    /// The content of the file that the section's key names, relative to the config file's folder.
    /// Throws SecretFileError; nothing: the section has no such key.
    std::optional<std::string> secret(std::string_view key) const;
    /// A call held up a loop.
    void countSlow() const;
    void askForRefresh() { refresh_asked_ = true; }
    /// Whether the plugin asked for a refresh since the last call.
    bool takeRefreshAsked() { return refresh_asked_.exchange(false); }

  private:
    friend struct ServiceTables;
    /// The plugin gets the address of `host`, which is the address of the whole.
    struct View {
        postbell_host host;
        Services* self;
    };
    static Services& of(const postbell_host* host);

    const std::string instance_;
    const std::string gateway_version_;
    const std::uint32_t granted_;
    const std::filesystem::path folder_;
    const util::TrustedOwners trusted_owners_;
    std::atomic<bool> refresh_asked_ = false;
    log::Log& log_;
    prometheus::Registry& registry_;
    const util::Clock& clock_;
    prometheus::Counter& slow_calls_;
    std::map<std::string, std::string, std::less<>> config_;
    // Counters are made by one thread while others may add: slots below the count never change.
    std::array<prometheus::Counter*, POSTBELL_MAX_COUNTERS> counters_{};
    std::atomic<std::size_t> counter_count_{0};
    View view_;
};

}  // namespace postbell::plugin
