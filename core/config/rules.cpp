// SPDX-License-Identifier: Apache-2.0
#include <map>

#include "config/address.h"
#include "config/sections.h"
#include "config/wording.h"

namespace postbell::config {
namespace {

Position positionAt(const toml::table& root, std::string_view path) {
    const auto node = root.at_path(path);
    return node ? positionOf(*node.node()) : Position{};
}

void checkPorts(const toml::table& root, const Config& config, Problems& problems) {
    const ListenerConfig* listeners[] = {&config.registration, &config.mailbox, &config.admin};
    for (std::size_t i = 0; i < 3; ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            const ListenerConfig &one = *listeners[j], &other = *listeners[i];
            const auto a = parseListenAddress(one.address), b = parseListenAddress(other.address);
            if (!a || !b || a->port == 0 || a->port != b->port) continue;
            if (a->host != b->host && !a->any && !b->any) continue;
            problems.errors.push_back({positionAt(root, "listener." + other.name + ".address"),
                                       "[listener." + other.name + "]", "address",
                                       other.address + " is taken by [listener." + one.name +
                                           "] (" + one.address +
                                           "); accepted is an address or port of its own"});
        }
    }
}

void checkInstances(const Config& config, Problems& problems) {
    std::map<std::string, Position> seen;
    bool enabled[2] = {false, false};
    for (const auto* sections : {&config.backends, &config.providers}) {
        for (const PluginSection& section : *sections) {
            if (section.enabled) enabled[section.kind == PluginKind::Provider] = true;
            if (section.instance.empty()) continue;
            const auto [first, is_new] = seen.emplace(section.instance, section.at);
            if (is_new) continue;
            problems.errors.push_back(
                {section.at, std::string(sectionName(section.kind)), "instance",
                 inQuotes(section.instance) + " is the instance of line " +
                     std::to_string(first->second.line) +
                     " already; backends and providers share one set of names"});
        }
    }
    if (!enabled[0])
        problems.warnings.push_back(
            {{}, {}, {}, "no backend is enabled: mail servers cannot notify this gateway"});
    if (!enabled[1])
        problems.warnings.push_back(
            {{}, {}, {}, "no provider is enabled: no device can register or be woken"});
}

void checkClock(const toml::table& root, const Config& config, Problems& problems) {
    if (config.gateway.clock_speed == 1) return;
    const Position at = positionAt(root, "gateway.clock_speed");
    for (const ListenerConfig* listener :
         {static_cast<const ListenerConfig*>(&config.registration), &config.mailbox,
          static_cast<const ListenerConfig*>(&config.admin)}) {
        if (listener->loopback) continue;
        problems.errors.push_back({at, "[gateway]", "clock_speed",
                                   "only 1 is accepted while a listener is not on a loopback "
                                   "address, and [listener." +
                                       listener->name + "] is on " + listener->address});
        return;
    }
    problems.warnings.push_back(
        {at, "[gateway]", "clock_speed", "the clock is sped up: for tests only"});
}

}  // namespace

void checkRules(const toml::table& root, const Config& config, Problems& problems) {
    checkPorts(root, config, problems);
    checkInstances(config, problems);
    checkClock(root, config, problems);
}

}  // namespace postbell::config
