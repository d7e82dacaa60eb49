// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include <Poco/Exception.h>

#include <csignal>
#include <stdexcept>
#include <string>

#include "app/admin_client.h"
#include "app/check.h"
#include "app/check_report.h"
#include "app/command_line.h"
#include "app/confirmation.h"
#include "app/gateway.h"
#include "app/init.h"
#include "app/open_store.h"
#include "app/output.h"
#include "app/service_manager.h"
#include "app/signal_watch.h"
#include "app/signals.h"
#include "app/stage.h"
#include "app/standard_streams.h"
#include "app/validate_plugin.h"
#include "app/watchdog.h"
#include "plugin/in_plugin.h"
#include "plugin/plugin_error.h"
#include "store/master_key.h"

namespace {

using postbell::app::Invocation;

/// Crashes are told in a log for as long as it lives.
class TellingCrashes {
  public:
    TellingCrashes(const postbell::log::Settings& settings, const postbell::log::Log& log) {
        postbell::plugin::tellCrashes(settings, &log);
    }
    ~TellingCrashes() { postbell::plugin::tellCrashes({}); }
    TellingCrashes(const TellingCrashes&) = delete;
    TellingCrashes& operator=(const TellingCrashes&) = delete;
};

int serve(const std::string& config_file) {
    using namespace postbell;
    app::Stage stage("reading the config");
    app::SignalWatch signals(stage);
    const config::Config config = config::load(config_file);
    stage.set("opening the store");
    const auto database = app::databaseFile(config);
    auto lock = sqlite::StoreLock::tryAcquire(database);
    if (!lock)
        throw std::runtime_error("process " + std::to_string(sqlite::StoreLock::holder(database)) +
                                 " holds the store " + database.string() + " already");
    log::Log log(config.log);
    const TellingCrashes telling(config.log, log);
    const app::SignalWatch::Context logging(signals, log);
    for (const std::string& warning : config.warnings) log.warning(warning);
    const app::ServiceManager manager;
    stage.set("opening plugins and the store");
    app::Gateway gateway(config, std::move(*lock), log);
    const app::SignalWatch::Context loops(signals, log, [&gateway] {
        const util::RealTime now = util::realNow();
        return app::sayHanging(app::hangingLoops(gateway.heartbeats(), now), now);
    });
    stage.set("opening the listeners");
    gateway.serve(manager);
    stage.set("serving");
    manager.ready();
    while (signals.next() == SIGHUP) {
        stage.set("reloading");
        gateway.reload();
        stage.set("serving");
    }
    manager.stopping();
    gateway.stop(&stage);
    log.info("stopped");
    return 0;
}

int run(const Invocation& what) {
    using namespace postbell;
    switch (what.kind) {
        case Invocation::Kind::Init:
            app::printAnswer(app::init(what.path), what.json);
            return 0;
        case Invocation::Kind::MasterKeyNew:
            try {
                store::MasterKey::create(what.path);
            } catch (const store::MasterKeyError& e) {
                throw std::runtime_error(e.what());  // not the config's fault
            }
            app::printAnswer({{"master_key_file", what.path}}, what.json);
            return 0;
        case Invocation::Kind::Serve:
            return serve(what.config);
        case Invocation::Kind::Check: {
            const nlohmann::json report = app::check(config::load(what.config));
            app::printAnswer(what.json ? report : app::withoutFlags(report), what.json);
            return report["ok"].get<bool>() ? 0 : 1;
        }
        case Invocation::Kind::PluginValidate: {
            const nlohmann::json report = app::validatePlugin(what.arguments, what.config);
            app::printAnswer(what.json ? report : app::withoutFlags(report), what.json);
            return report["ok"].get<bool>() ? 0 : 1;
        }
        case Invocation::Kind::Admin: {
            const nlohmann::json answer =
                app::callAdmin(config::load(what.config), what.admin_call,
                               app::withConfirmation(what.admin_call, what.arguments));
            app::printAnswer(answer, what.json);
            return what.admin_call == "push/test" && answer["outcome"] != "delivered" ? 1 : 0;
        }
    }
    return 2;
}

// The sanitizers' run-time libraries begin later than this.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define POSTBELL_SANITIZED
#endif
#endif
#if !defined(POSTBELL_SANITIZED) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
/// Before the constructors of any library, which may take longer than a reload's signal.
__attribute__((section(".preinit_array"),
               used)) void (*const hold_signals_first)() = postbell::app::holdSignals;
#endif

}  // namespace

int main(int argc, char** argv) {
    postbell::app::openStandardStreams();
    postbell::app::holdSignals();
    bool json = false;
    try {
        const postbell::app::Parsed parsed = postbell::app::parseCommandLine(argc, argv);
        if (!parsed.invocation) return parsed.exit_code;
        json = parsed.invocation->json;
        if (parsed.invocation->kind != Invocation::Kind::Serve) postbell::app::releaseSignals();
        postbell::plugin::tellCrashes({});
        return run(*parsed.invocation);
    } catch (const postbell::config::ConfigError& e) {
        postbell::app::printError(e.what(), json);
        return 2;
    } catch (const postbell::plugin::PluginError& e) {
        postbell::app::printError(e.what(), json);
        return 2;
    } catch (const postbell::store::MasterKeyError& e) {
        postbell::app::printError(e.what(), json);
        return 2;
    } catch (const Poco::Exception& e) {
        postbell::app::printError(e.displayText(), json);
    } catch (const std::exception& e) {
        postbell::app::printError(e.what(), json);
    } catch (...) {
        postbell::app::printError("something that is no exception was thrown: please report this",
                                  json);
    }
    return 1;
}
