// SPDX-License-Identifier: Apache-2.0
#include "app/check.h"

#include <nlohmann/json.hpp>

#include <prometheus/registry.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <utility>

#include "app/check_reach.h"
#include "app/check_store.h"
#include "app/listener_certificates.h"
#include "app/open_store.h"
#include "app/part_settings.h"
#include "app/version.h"
#include "managed/check_backend.h"
#include "plugin/backend_plugin.h"
#include "plugin/provider_plugin.h"
#include "provider/provider.h"
#include "util/clock.h"
#include "util/rfc3339.h"

namespace postbell::app {
namespace {

using nlohmann::json;

std::string joined(const std::vector<std::string>& sentences) {
    std::string text;
    for (const std::string& sentence : sentences) text += (text.empty() ? "" : "; ") + sentence;
    return text;
}

/// Reads the files as the listener will.
std::pair<Verdict, std::string> checkTls(const config::ListenerConfig& listener,
                                         const config::EgressConfig& egress) {
    const util::WallTime now = util::SystemClock().wall();
    const net::ServerCertificate found = certificateOf(listener, egress, now);
    if (!found.faults.empty()) throw std::runtime_error(joined(found.faults));
    if (!found.doubts.empty()) return {Verdict::Warn, joined(found.doubts)};
    return {found.expires - now < kEndsSoon ? Verdict::Warn : Verdict::Yes,
            listener.tls_certificate + ", good until " + util::formatRfc3339(found.expires)};
}

/// Throws unless this user can write the file.
std::string checkLogFile(const std::filesystem::path& file) {
    const bool there = std::filesystem::exists(file);
    if (::access(there ? file.c_str() : file.parent_path().c_str(), W_OK) != 0 ||
        std::filesystem::is_directory(file))
        throw std::runtime_error(file.string() + " cannot be written");
    return file.string();
}

/// Tries the mail server's side as well, where the gateway manages mailboxes.
std::pair<Verdict, std::string> checkBackend(const config::PluginSection& section,
                                             const config::Config& config,
                                             const plugin::PluginContext& context) {
    const auto plugin = plugin::BackendPlugin::open(section, context);
    const std::string name(plugin->descriptor().name());
    if (plugin->managed() == nullptr) return {Verdict::Yes, name};
    const std::string advice =
        managed::checkBackend(*plugin, managedHttpSettings(config), context.clock, context.log);
    if (advice.empty()) return {Verdict::Yes, name + ", managed"};
    return {Verdict::Warn, name + ", managed: " + advice};
}

/// The providers that can be opened, with their hosts.
std::vector<ProviderHosts> checkPlugins(CheckReport& report, const config::Config& config) {
    log::Settings quiet;
    quiet.level = log::Level::Error;
    log::Log log(quiet);
    const util::SystemClock clock;
    prometheus::Registry registry;
    const plugin::PluginContext context{config.plugins.directory, log, registry, clock, kVersion};
    for (const config::PluginSection& section : config.backends)
        if (section.enabled)
            report.attempt("backend " + section.instance,
                           [&] { return checkBackend(section, config, context); });
    std::vector<ProviderHosts> providers;
    provider::ProviderHost opened;  // which refuses two of one platform, as a start does
    for (const config::PluginSection& section : config.providers)
        if (section.enabled)
            report.attempt("provider " + section.instance, [&] {
                auto plugin = plugin::ProviderPlugin::open(section, context);
                const ProviderHosts hosts{section.instance, plugin->origins(),
                                          plugin->descriptor().hasEnvironments()};
                std::string name(plugin->descriptor().name());
                opened.add(std::make_unique<provider::Provider>(std::move(plugin)));
                providers.push_back(hosts);
                return name;
            });
    return providers;
}

}  // namespace

json check(const config::Config& config) {
    CheckReport report;
    report.add("config", true, config.file);
    for (const std::string& warning : config.warnings)
        report.add("config warning", Verdict::Warn, warning);
    for (const config::ListenerConfig* listener :
         std::initializer_list<const config::ListenerConfig*>{&config.registration, &config.mailbox,
                                                              &config.admin})
        if (listener->tls())
            report.attempt("TLS of listener." + listener->name,
                           [&] { return checkTls(*listener, config.egress); });
    const std::vector<ProviderHosts> providers = checkPlugins(report, config);
    if (!config.log.file.empty())
        report.attempt("log file", [&] { return checkLogFile(config.log.file); });
    report.attempt("master key",
                   [&] { return "can be read from " + masterKey(config.secrets).source(); });
    const json credentials = checkStore(report, config);
    checkReach(report, config, providers, credentials);
    return report.take();
}

}  // namespace postbell::app
