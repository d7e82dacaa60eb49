// SPDX-License-Identifier: Apache-2.0
#include "app/check.h"

#include <openssl/ssl.h>
#include <prometheus/registry.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <filesystem>

#include "app/admin_client.h"
#include "app/check_reach.h"
#include "app/open_store.h"
#include "app/version.h"
#include "managed/check_backend.h"
#include "net/tls_context.h"
#include "plugin/backend_plugin.h"
#include "plugin/provider_plugin.h"
#include "util/rfc3339.h"

namespace postbell::app {
namespace {

using nlohmann::json;

/// As the listener itself will read it.
std::string checkTls(const config::ListenerConfig& listener) {
    const auto context = net::loadTlsContext(listener.tls_certificate, listener.tls_key);
    const ASN1_TIME* ends = X509_get0_notAfter(SSL_CTX_get0_certificate(context->sslContext()));
    std::tm time{};
    if (ASN1_TIME_to_tm(ends, &time) != 1)
        throw std::runtime_error(listener.tls_certificate + " does not say when it ends");
    const std::string end =
        util::formatRfc3339(util::WallTime(std::chrono::seconds(::timegm(&time))));
    if (X509_cmp_current_time(ends) < 0)
        throw std::runtime_error(listener.tls_certificate + " expired at " + end);
    return listener.tls_certificate + ", good until " + end;
}

/// Whether it can be written, by this user.
std::string checkLogFile(const std::filesystem::path& file) {
    const bool there = std::filesystem::exists(file);
    if (::access(there ? file.c_str() : file.parent_path().c_str(), W_OK) != 0 ||
        std::filesystem::is_directory(file))
        throw std::runtime_error(file.string() + " cannot be written");
    return file.string();
}

/// The store's credentials, with what is wrong told.
json checkCredentials(CheckReport& report, const config::Config& config) {
    json credentials = json::array(), apps;
    const std::filesystem::path database = databaseFile(config);
    if (!std::filesystem::exists(database)) {
        const bool folder = std::filesystem::is_directory(database.parent_path());
        report.add(
            "store", folder,
            folder ? database.string() + " is not there yet: the first command or start makes it"
                   : "there is no folder " + database.parent_path().string() +
                         "; make it, and give it to the service's user");
        return credentials;
    }
    try {
        credentials = callAdmin(config, "credential/list", {{"origins", true}})["credentials"];
        apps = callAdmin(config, "app/list", json::object())["apps"];
        report.add("store", true, "can be read");
    } catch (const std::exception& e) {
        report.add("store", false, e.what());
        return credentials;
    }
    for (const json& app : apps) {
        const bool any = std::any_of(credentials.begin(), credentials.end(), [&](const json& c) {
            return c["app"] == app["app"] && c["tenant"] == app["tenant"];
        });
        if (!any)
            report.add("app " + app["app"].get<std::string>(), false,
                       "it has no credential: `postbell credential add`");
    }
    const util::WallTime now = util::SystemClock().wall();
    for (const json& c : credentials) {
        const std::string what = "credential " + c["credential"].get<std::string>() + " of " +
                                 c["app"].get<std::string>();
        if (!c["paused"].is_null()) {
            report.add(what, false,
                       "the push network refuses it: " + c["paused"]["reason"].get<std::string>());
            continue;
        }
        if (c["expires_at"].is_null()) {
            report.add(what, true, c["kind"].get<std::string>() + ", does not expire");
            continue;
        }
        const std::string expires = c["expires_at"];
        const bool over = util::parseRfc3339(expires).value_or(util::WallTime()) <= now;
        report.add(what, !over, (over ? "expired at " : "good until ") + expires);
    }
    return credentials;
}

}  // namespace

json check(const config::Config& config) {
    CheckReport report;
    report.add("config", true, config.file);
    for (const std::string& warning : config.warnings) report.add("config warning", true, warning);
    for (const config::ListenerConfig* listener :
         std::initializer_list<const config::ListenerConfig*>{&config.registration, &config.mailbox,
                                                              &config.admin})
        if (listener->tls())
            report.attempt("TLS of listener." + listener->name,
                           [&] { return checkTls(*listener); });
    log::Settings quiet;
    quiet.level = log::Level::Error;
    log::Log log(quiet);
    const util::SystemClock clock;
    prometheus::Registry registry;
    const plugin::PluginContext context{config.plugins.directory, log, registry, clock, kVersion};
    for (const config::PluginSection& section : config.backends)
        if (section.enabled)
            report.attempt("backend " + section.instance, [&] {
                const auto plugin = plugin::BackendPlugin::open(section, context);
                if (plugin->managed() == nullptr) return std::string(plugin->descriptor().name());
                managed::HttpSettings http;
                http.proxy = config.egress.proxy;
                http.ca_file = config.egress.ca_file;
                const std::string advice = managed::checkBackend(*plugin, http, clock, log);
                return std::string(plugin->descriptor().name()) +
                       (advice.empty() ? ", managed" : ", managed: " + advice);
            });
    std::vector<ProviderHosts> providers;
    for (const config::PluginSection& section : config.providers)
        if (section.enabled)
            report.attempt("provider " + section.instance, [&] {
                const auto plugin = plugin::ProviderPlugin::open(section, context);
                providers.push_back(
                    {section.instance, plugin->origins(), plugin->descriptor().hasEnvironments()});
                return std::string(plugin->descriptor().name());
            });
    if (!config.log.file.empty())
        report.attempt("log file", [&] { return checkLogFile(config.log.file); });
    report.attempt("master key",
                   [&] { return "can be read from " + masterKey(config.secrets).source(); });
    const json credentials = checkCredentials(report, config);
    checkReach(report, config, providers, credentials);
    return report.take();
}

}  // namespace postbell::app
