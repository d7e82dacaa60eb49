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

#include "admin/admin_token.h"
#include "app/check_certificate.h"
#include "app/check_files.h"
#include "app/check_gateway.h"
#include "app/check_reach.h"
#include "app/check_store.h"
#include "app/listener_certificates.h"
#include "app/log_file.h"
#include "app/open_store.h"
#include "app/part_settings.h"
#include "app/surroundings.h"
#include "app/version.h"
#include "managed/check_backend.h"
#include "net/http_server.h"
#include "plugin/backend_plugin.h"
#include "plugin/provider_plugin.h"
#include "provider/provider.h"
#include "util/clock.h"

namespace postbell::app {
namespace {

using nlohmann::json;

/// Reads the files as the listener does, and asks whether it has.
void checkTls(CheckReport& report, const config::ListenerConfig& listener,
              const config::EgressConfig& egress, const json& gateway) {
    const util::WallTime now = util::SystemClock().wall();
    report.attempt("TLS of listener." + listener.name, [&] {
        const net::ServerCertificate found = certificateOf(listener, egress, now);
        checkServed(report, listener.name, found, gateway, now);
        return judge(found, listener.tls_certificate, now);
    });
}

/// For a start: a running gateway has its addresses.
void checkAddress(CheckReport& report, const config::ListenerConfig& listener) {
    const std::string what = "address of listener." + listener.name;
    const auto problem = net::listenProblem(listener.name, listener.address);
    if (!problem)
        report.add(what, Verdict::Yes, listener.address + " is free");
    else if (problem->of_user)
        report.add(what, Verdict::Warn, problem->sentence + ", which this user has not got");
    else
        report.add(what, Verdict::No, problem->sentence);
}

/// Throws unless this user can write the file, and it is the log's own.
std::string checkLogFile(const config::Config& config) {
    if (const std::string conflict = logFileConflict(config); !conflict.empty())
        throw std::runtime_error(conflict);
    const std::filesystem::path file = config.log.file;
    const bool there = std::filesystem::exists(file);
    if (::access(there ? file.c_str() : file.parent_path().c_str(), W_OK) != 0 ||
        std::filesystem::is_directory(file))
        throw std::runtime_error(file.string() + " cannot be written");
    return file.string();
}

/// Throws if a start, or a command to a gateway that runs, would refuse the file.
std::string checkAdminToken(const config::Config& config) {
    const std::string& file = config.admin.token_file;
    return admin::readToken(file) ? file : file + " is not there yet: the first start makes it";
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
    const plugin::PluginContext context{config.plugins.directory, log, registry, clock, kVersion,
                                        config.trusted_owners};
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
    report.add("config", Verdict::Yes, config.file);
    for (const std::string& warning : config.warnings)
        report.add("config warning", Verdict::Warn, warning);
    if (const std::string problem = userProblem(config); !problem.empty()) {
        report.add("user", Verdict::No, problem);
        return report.take();
    }
    checkFiles(report, config);
    const GatewayFindings gateway = checkGateway(report, config);
    for (const config::ListenerConfig* listener :
         std::initializer_list<const config::ListenerConfig*>{&config.registration, &config.mailbox,
                                                              &config.admin}) {
        if (!gateway.runs) checkAddress(report, *listener);
        if (listener->tls()) checkTls(report, *listener, config.egress, gateway.state);
    }
    const std::vector<ProviderHosts> providers = checkPlugins(report, config);
    if (!config.log.file.empty()) report.attempt("log file", [&] { return checkLogFile(config); });
    checkMasterKey(report, config, gateway);
    report.attempt("admin token", [&] { return checkAdminToken(config); });
    checkOpenFiles(report, config, gateway);
    if (const std::string problem = databaseModeProblem(config); !problem.empty())
        report.add("database file", Verdict::Warn, problem);
    const json credentials = checkStore(report, config, gateway);
    checkReach(report, config, providers, credentials, gateway.state);
    return report.take();
}

}  // namespace postbell::app
