// SPDX-License-Identifier: Apache-2.0
#include <prometheus/registry.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <thread>

#include "plugin/backend_plugin.h"
#include "plugin/provider_plugin.h"
#include "util/clock.h"
#include "validate/cases.h"

namespace postbell::validate {
namespace {

constexpr std::array kServices{POSTBELL_SERVICE_LOG,      POSTBELL_SERVICE_METRICS,
                               POSTBELL_SERVICE_TIME,     POSTBELL_SERVICE_CONFIG,
                               POSTBELL_SERVICE_OUTBOUND, POSTBELL_SERVICE_SECRETS};
constexpr int kManyTimes = 200;

std::size_t threadCount() {
    const std::filesystem::directory_iterator tasks("/proc/self/task");
    return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

/// Opens and starts the plugin as the gateway does, with every check of the gateway's.
void theGatewayTakesIt(const Subject& subject) {
    log::Settings settings;
    settings.level = log::Level::Error;
    log::Log log(settings);
    prometheus::Registry registry;
    const util::SystemClock clock;
    const plugin::PluginContext context{subject.file.parent_path().string(), log, registry, clock,
                                        "validate"};
    config::PluginSection section = subject.section;
    section.plugin = subject.file.stem().string();
    if (section.kind == config::PluginKind::Backend)
        plugin::BackendPlugin::open(section, context)->start();
    else
        plugin::ProviderPlugin::open(section, context)->start();
}

void livesAndEndsManyTimes(const Subject& subject) {
    Loaded loaded(subject);
    for (int i = 0; i < kManyTimes; ++i)
        const testing::PluginInstance instance(loaded.plugin, loaded.host);
}

void twoInstancesLiveBesideEachOther(const Subject& subject) {
    Loaded loaded(subject);
    const auto first = std::make_unique<testing::PluginInstance>(loaded.plugin, loaded.host);
    auto second = std::make_unique<testing::PluginInstance>(loaded.plugin, loaded.host);
    second.reset();
    const testing::PluginInstance third(loaded.plugin, loaded.host);
}

/// A plugin may refuse to live without a service, in words. It may not crash.
void livesWithoutServicesOrSaysWhyNot(const Subject& subject) {
    const auto tryWithout = [&](std::initializer_list<const char*> services) {
        Loaded loaded(subject);
        std::string names;
        for (const char* id : services) {
            loaded.host.withhold(id);
            names += std::string(names.empty() ? "" : ", ") + id;
        }
        try {
            const testing::PluginInstance instance(loaded.plugin, loaded.host);
        } catch (const std::runtime_error& refusal) {
            require(*refusal.what() != '\0', "without " + names + " it refuses without a word");
        }
    };
    for (const char* id : kServices) tryWithout({id});
    tryWithout({POSTBELL_SERVICE_LOG, POSTBELL_SERVICE_METRICS, POSTBELL_SERVICE_TIME,
                POSTBELL_SERVICE_CONFIG, POSTBELL_SERVICE_OUTBOUND, POSTBELL_SERVICE_SECRETS});
}

void unknownExtensionGivesNull(const Subject& subject) {
    Loaded loaded(subject);
    const testing::PluginInstance instance(loaded.plugin, loaded.host);
    for (const char* id : {"com.example.unknown/1", "", "postbell.managed/99"})
        require(loaded.descriptor().extension(instance.self(), id) == nullptr,
                std::string("extension(\"") + id + "\") gives something");
}

void stopLeavesNoThread(const Subject& subject) {
    Loaded loaded(subject);
    const std::size_t before = threadCount();
    { const testing::PluginInstance instance(loaded.plugin, loaded.host); }
    // A thread that was joined may be counted for a moment longer.
    for (int i = 0; i < 50 && threadCount() > before; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    require(threadCount() <= before, "threads are left after stop() and destroy()");
}

void countersHaveNames(const Subject& subject) {
    const Running running(subject);
    for (const std::string& name : running.host.counterNames())
        require(!name.empty() && name.size() <= POSTBELL_MAX_COUNTER_NAME_BYTES &&
                    name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == name.npos,
                "the counter \"" + name + "\" has a name that is not 1 to 64 of a-z, 0-9 and _");
    require(running.host.counterNames().size() <= POSTBELL_MAX_COUNTERS,
            "it has more counters than an instance may have");
}

}  // namespace

std::vector<Case> lifeCases() {
    return {{"the-gateway-takes-it", For::Any, theGatewayTakesIt},
            {"lives-and-ends-many-times", For::Any, livesAndEndsManyTimes},
            {"two-instances-live-beside-each-other", For::Any, twoInstancesLiveBesideEachOther},
            {"lives-without-services-or-says-why-not", For::Any, livesWithoutServicesOrSaysWhyNot},
            {"unknown-extension-gives-null", For::Any, unknownExtensionGivesNull},
            {"stop-leaves-no-thread", For::Any, stopLeavesNoThread},
            {"counters-have-names", For::Any, countersHaveNames}};
}

}  // namespace postbell::validate
