// SPDX-License-Identifier: Apache-2.0
#include "app/check.h"

#include <nlohmann/json.hpp>

#include <openssl/ssl.h>
#include <prometheus/registry.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <memory>
#include <utility>

#include "app/check_reach.h"
#include "app/check_store.h"
#include "app/open_store.h"
#include "app/version.h"
#include "managed/check_backend.h"
#include "net/tls_context.h"
#include "plugin/backend_plugin.h"
#include "plugin/provider_plugin.h"
#include "provider/provider.h"
#include "util/rfc3339.h"

namespace postbell::app {
namespace {

using nlohmann::json;

constexpr int kSoonDays = 14;

/// Reads the files as the listener will.
std::pair<Verdict, std::string> checkTls(const config::ListenerConfig& listener) {
    const auto context = net::loadTlsContext(listener.tls_certificate, listener.tls_key);
    const ASN1_TIME* ends = X509_get0_notAfter(SSL_CTX_get0_certificate(context->sslContext()));
    std::tm time{};
    if (ASN1_TIME_to_tm(ends, &time) != 1)
        throw std::runtime_error(listener.tls_certificate + " does not say when it ends");
    const std::string end =
        util::formatRfc3339(util::WallTime(std::chrono::seconds(::timegm(&time))));
    if (X509_cmp_current_time(ends) < 0)
        throw std::runtime_error(listener.tls_certificate + " expired at " + end);
    int days = 0, seconds = 0;
    ASN1_TIME_diff(&days, &seconds, nullptr, ends);
    return {days < kSoonDays ? Verdict::Warn : Verdict::Yes,
            listener.tls_certificate + ", good until " + end};
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
    managed::HttpSettings http;
    http.proxy = config.egress.proxy;
    http.ca_file = config.egress.ca_file;
    const std::string advice = managed::checkBackend(*plugin, http, context.clock, context.log);
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
                           [&] { return checkTls(*listener); });
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
