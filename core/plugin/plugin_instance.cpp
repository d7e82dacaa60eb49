// SPDX-License-Identifier: Apache-2.0
#include "plugin/plugin_instance.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "plugin/plugin_error.h"
#include "plugin/section_schema.h"
#include "plugin/text.h"
#include "util/printable.h"

namespace postbell::plugin {
namespace {

constexpr std::size_t kErrorBytes = 1024;
/// Nobody waits for longer without asking why. Real time.
constexpr util::Milliseconds kLongCall{5'000};

std::string nameOf(const config::PluginSection& section) {
    const std::string name =
        std::string(config::sectionName(section.kind)) + " \"" + section.instance + "\"";
    // A plugin that is tried without a config has no file to name.
    if (section.file.empty()) return name + ": ";
    return config::format(section.file, {section.at, name, {}, {}});
}

std::string wordFor(config::PluginKind kind) {
    switch (kind) {
        case config::PluginKind::Backend:
            return "backend ";
        case config::PluginKind::Provider:
            return "provider ";
    }
    return "";
}

/// Runs `step` with every refusal naming the section.
template <class Step>
auto naming(const config::PluginSection& section, Step&& step) {
    try {
        return step();
    } catch (const PluginError& e) {
        throw PluginError(nameOf(section) + e.what());
    }
}

/// A plugin that cannot work without a grant says so itself, by refusing keys that need it.
std::uint32_t grantsOf(const config::PluginSection& section, const Descriptor& descriptor,
                       log::Log& log) {
    const std::pair<const char*, std::uint32_t> kGrants[] = {{"outbound", POSTBELL_NEEDS_OUTBOUND},
                                                             {"secrets", POSTBELL_NEEDS_SECRETS}};
    std::uint32_t both = 0;
    for (const auto& [name, bit] : kGrants) {
        const bool granted =
            std::find(section.grants.begin(), section.grants.end(), name) != section.grants.end();
        const bool asked = (descriptor.raw().needs & bit) != 0;
        if (granted && asked) both |= bit;
        if (granted && !asked)
            log.warning("the section grants what the plugin does not ask for",
                        {{"instance", section.instance}, {"grant", name}});
    }
    return both;
}

}  // namespace

PluginInstance::PluginInstance(const config::PluginSection& section, const PluginContext& context)
    : library_(naming(section,
                      [&] { return Library(context.directory, section.plugin, section.kind); })),
      section_(nameOf(section)),
      blamed_(nameForCrash("the plugin " + library_.file().string() + " of " +
                           std::string(config::sectionName(section.kind)) + " " +
                           section.instance)),
      descriptor_(naming(
          section, [&] { return Descriptor(library_.descriptor(), library_.file().string()); })),
      services_(section, context, grantsOf(section, descriptor_, context.log)),
      complaints_(wordFor(section.kind) + section.instance, context.log, context.clock) {
    auto problems = checkSection(descriptor_.schema(), section);
    if (!problems.empty()) throw config::ConfigError(section.file, std::move(problems));
    std::array<char, kErrorBytes> error{};
    const auto create = [&] {
        const InPlugin blame = calling("create");
        const LongCall watched = watching("create");
        return descriptor_.raw().create(services_.host(), &self_, error.data(), error.size());
    };
    const postbell_status status = create();
    if (status >= 0) return;
    error.back() = '\0';
    const std::string reason = util::printable(error.data(), kErrorBytes);
    refuse(reason.empty() ? "create failed with " + statusName(status) : reason);
}

PluginInstance::~PluginInstance() {
    stop();
    const InPlugin blame = calling("destroy");
    const LongCall watched = watching("destroy");
    descriptor_.raw().destroy(self_);
}

void PluginInstance::start() {
    const InPlugin blame = calling("start");
    const LongCall watched = watching("start");
    require(descriptor_.raw().start(self_), "start");
    started_ = true;
}

void PluginInstance::stop() {
    if (!started_) return;
    started_ = false;
    const InPlugin blame = calling("stop");
    const LongCall watched = watching("stop");
    descriptor_.raw().stop(self_);
}

LongCall PluginInstance::watching(const char* function) const {
    return {kLongCall, [this, function] {
                complain("long", std::string(function) + "() of " + library_.file().string() +
                                     " does not return: the gateway waits for it");
            }};
}

void PluginInstance::noteSlow(const char* function, util::RealTime::duration took) const noexcept {
    const auto ms = std::chrono::duration_cast<util::Milliseconds>(took).count();
    try {
        services_.countSlow();
        complain("slow", std::string(function) + "() took " + std::to_string(ms) +
                             " ms, and nothing may block that is called on a loop");
    } catch (const std::exception&) {
        // Out of memory: then other lines matter more than this one.
    }
}

void PluginInstance::refuse(const std::string& why) const {
    throw PluginError(section_ + library_.file().string() + ": " + why);
}

void PluginInstance::require(postbell_status status, const char* name) const {
    if (status < 0) refuse(std::string(name) + " failed with " + statusName(status));
}

}  // namespace postbell::plugin
