// SPDX-License-Identifier: Apache-2.0
#include "app/check.h"

#include <Poco/Net/Context.h>
#include <prometheus/registry.h>

#include <condition_variable>
#include <functional>
#include <mutex>

#include "app/admin_client.h"
#include "app/version.h"
#include "engine/pool.h"
#include "managed/managed_host.h"
#include "plugin/backend_plugin.h"
#include "plugin/provider_plugin.h"
#include "util/rfc3339.h"

namespace postbell::app {
namespace {

using nlohmann::json;

class Report {
  public:
    void add(const std::string& what, bool ok, const std::string& detail) {
        checks_.push_back({{"check", what}, {"ok", ok}, {"detail", detail}});
        ok_ = ok_ && ok;
    }
    /// `run` returns what to say of success, or throws.
    void attempt(const std::string& what, const std::function<std::string()>& run) {
        try {
            add(what, true, run());
        } catch (const std::exception& e) {
            add(what, false, e.what());
        }
    }
    json take() { return {{"ok", ok_}, {"checks", std::move(checks_)}}; }

  private:
    json checks_ = json::array();
    bool ok_ = true;
};

/// Waits for any HTTP answer of an origin: that it answers is what counts.
class Reach final : public engine::AnswerSink {
  public:
    void answered(std::uint64_t, const engine::Answer& answer) override {
        const std::lock_guard lock(done_mutex_);
        problem_ = answer.failure == engine::Failure::None ? "" : std::string(answer.detail);
        done_ = true;
        wake_.notify_all();
    }
    void ready() override {}
    std::string wait() {
        std::unique_lock lock(done_mutex_);
        if (!wake_.wait_for(lock, std::chrono::seconds(15), [this] { return done_; }))
            return "no answer within 15 seconds";
        return problem_;
    }

  private:
    std::mutex done_mutex_;
    std::condition_variable wake_;
    bool done_ = false;
    std::string problem_;
};

std::string reach(const config::Config& config, const std::string& origin, log::Log& log) {
    const util::SystemClock clock;
    engine::Loop loop(clock);
    Reach reach;
    std::unique_ptr<engine::Pool> pool;
    engine::PoolOptions options;
    options.origin = engine::Origin::parse(origin);
    options.proxy = config.egress.proxy;
    options.ca_file = config.egress.ca_file;
    loop.runAndWait([&] {
        pool = std::make_unique<engine::Pool>(loop, options, reach, log);
        const std::vector<engine::Header> no_headers;
        pool->submit({"GET", "/", no_headers, {}}, 0);
    });
    const std::string problem = reach.wait();
    loop.runAndWait([&] { pool.reset(); });
    if (!problem.empty()) throw std::runtime_error(problem);
    return config.egress.proxy.empty() ? "reachable" : "reachable through " + config.egress.proxy;
}

void checkCredentials(Report& report, const config::Config& config) {
    json credentials, apps;
    try {
        credentials = callAdmin(config, "credential/list", json::object())["credentials"];
        apps = callAdmin(config, "app/list", json::object())["apps"];
        report.add("store", true, "can be read");
    } catch (const std::exception& e) {
        report.add("store", false, e.what());
        return;
    }
    for (const json& app : apps) {
        const bool any = std::any_of(credentials.begin(), credentials.end(), [&](const json& c) {
            return c["app"] == app["app"] && c["tenant"] == app["tenant"];
        });
        if (!any)
            report.add("app " + app["app"].get<std::string>(), false,
                       "it has no credential: `postbell credential add`");
    }
    const std::int64_t now = util::SystemClock().wallMs();
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
        const bool over = util::parseRfc3339(expires).value_or(0) <= now;
        report.add(what, !over, (over ? "expired at " : "good until ") + expires);
    }
}

}  // namespace

json check(const config::Config& config) {
    Report report;
    report.add("config", true, config.file);
    for (const std::string& warning : config.warnings) report.add("config warning", true, warning);
    for (const config::ListenerConfig* listener :
         std::initializer_list<const config::ListenerConfig*>{&config.registration, &config.mailbox,
                                                              &config.admin})
        if (listener->tls())
            report.attempt("TLS of listener." + listener->name, [&] {
                const Poco::Net::Context::Ptr context(
                    new Poco::Net::Context(Poco::Net::Context::TLS_SERVER_USE, listener->tls_key,
                                           listener->tls_certificate, ""));
                return listener->tls_certificate;
            });
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
                const std::string advice = managed::tryOut(*plugin, http, clock, log);
                return std::string(plugin->descriptor().name()) +
                       (advice.empty() ? ", managed" : ", managed: " + advice);
            });
    std::vector<std::string> origins;
    for (const config::PluginSection& section : config.providers)
        if (section.enabled)
            report.attempt("provider " + section.instance, [&] {
                const auto plugin = plugin::ProviderPlugin::open(section, context);
                const std::vector<std::string> own =
                    section.endpoint.empty() ? plugin->origins() : std::vector{section.endpoint};
                origins.insert(origins.end(), own.begin(), own.end());
                return std::string(plugin->descriptor().name());
            });
    checkCredentials(report, config);
    for (const std::string& origin : origins)
        report.attempt(origin, [&] { return reach(config, origin, log); });
    return report.take();
}

}  // namespace postbell::app
