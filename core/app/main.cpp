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
#include "app/log_file.h"
#include "app/open_store.h"
#include "app/output.h"
#include "app/service_manager.h"
#include "app/signal_watch.h"
#include "app/signals.h"
#include "app/stage.h"
#include "app/standard_streams.h"
#include "app/strict_allocator.h"
#include "app/surroundings.h"
#include "app/validate_plugin.h"
#include "app/wrong_word.h"
#include "plugin/crash_report.h"
#include "plugin/plugin_error.h"
#include "store/seal/master_key.h"
#include "web/problem.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define POSTBELL_SANITIZED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define POSTBELL_SANITIZED
#endif

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
    const config::Config config = app::loadConfig(config_file);
    app::refuseLogFile(config);
    app::requireAddressSpace();
    stage.set("opening the store");
    auto permit = app::StorePermit::tryTake(config);
    if (!permit)
        throw std::runtime_error("process " + std::to_string(app::storePlace(config)->holder()) +
                                 " holds the store " + app::storePlace(config)->name() +
                                 " already");
    log::Log log(config.log);
    const TellingCrashes telling(config.log, log);
    const plugin::ExitWatch exits;
    const app::SignalWatch::Context logging(signals, log);
    for (const std::string& warning : config.warnings) log.warning(warning);
    app::raiseDescriptorLimit(config, log);
    const app::ServiceManager manager;
    stage.set("opening plugins and the store");
    app::Gateway gateway(config, std::move(*permit), log);
    const app::SignalWatch::Context loops(signals, log, [&gateway] { return gateway.hangs(); });
    stage.set("opening the listeners");
    if (const std::string problem = app::databaseModeProblem(config); !problem.empty())
        log.warning(problem);
    gateway.serve(manager);
    stage.set("serving");
    manager.ready();
    while (signals.next() == SIGHUP) {
        stage.set("reloading");
        try {
            gateway.reload();
        } catch (const std::exception& e) {
            log.error("a reload failed: the next one may not", {{"reason", e.what()}});
        }
        stage.set("serving");
    }
    manager.stopping();
    gateway.stop(stage);
    log.info("stopped");
    return 0;
}

nlohmann::json answerOf(const Invocation& invocation) {
    using namespace postbell;
    try {
        return app::callAdmin(app::loadConfig(invocation.config), invocation.admin_call,
                              app::withConfirmation(invocation.admin_call, invocation.arguments));
    } catch (const web::Problem& problem) {
        throw std::runtime_error(app::inOptionWords(problem.what(), invocation.options));
    }
}

int run(const Invocation& invocation) {
    using namespace postbell;
    switch (invocation.kind) {
        case Invocation::Kind::Init:
            app::printAnswer(app::init(invocation.path), invocation.json);
            return 0;
        case Invocation::Kind::MasterKeyNew:
            try {
                store::MasterKey::create(invocation.path);
            } catch (const store::MasterKeyError& e) {
                throw std::runtime_error(e.what());  // not the config's fault
            }
            app::printAnswer({{"master_key_file", invocation.path}}, invocation.json);
            return 0;
        case Invocation::Kind::Serve:
            return serve(invocation.config);
        case Invocation::Kind::Check: {
            const nlohmann::json report = app::check(app::loadConfig(invocation.config));
            app::printAnswer(invocation.json ? report : app::withoutFlags(report), invocation.json);
            return report["ok"].get<bool>() ? 0 : 1;
        }
        case Invocation::Kind::PluginValidate: {
#ifndef POSTBELL_SANITIZED  // their allocators are stricter
            app::restartWithStrictAllocator();
#endif
            const nlohmann::json report =
                app::validatePlugin(invocation.arguments, invocation.config);
            app::printAnswer(invocation.json ? report : app::withoutFlags(report), invocation.json);
            return report["ok"].get<bool>() ? 0 : 1;
        }
        case Invocation::Kind::Admin: {
            const nlohmann::json answer = answerOf(invocation);
            app::printAnswer(answer, invocation.json);
            return invocation.admin_call == "push/test" && answer["outcome"] != "delivered" ? 1 : 0;
        }
    }
    return 2;
}

#ifndef POSTBELL_SANITIZED  // the sanitizers' run-time libraries begin later than this
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
