// SPDX-License-Identifier: Apache-2.0
// The parts behind a gateway's doors: a real store, and the backend ews.
#pragma once
#include <prometheus/registry.h>

#include <string>

#include "backend/backend_host.h"
#include "plugin/backend_plugin.h"
#include "store/writer/seen_ledger.h"
#include "support/store_fixture.h"

namespace postbell::testing {

struct DoorsBench : store::StoreFixture {
    DoorsBench() {
        backends.add(
            plugin::BackendPlugin::open(section(config::PluginKind::Backend, "ews"), context()), 1);
    }
    ~DoorsBench() { store().flush(); }  // before the backends go

    plugin::PluginContext context() { return {POSTBELL_PLUGINS, log(), registry, clock(), "0"}; }
    static config::PluginSection section(config::PluginKind kind, const std::string& plugin) {
        config::PluginSection section;
        section.kind = kind;
        section.instance = section.plugin = plugin;
        section.enabled = true;
        return section;
    }

    prometheus::Registry registry;
    store::SeenLedger& seen = store().seen();
    backend::BackendHost backends{{store().events(), store().registrations(), seen, clock(), log()},
                                  registry};
};

}  // namespace postbell::testing
