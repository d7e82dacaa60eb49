// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>

#include "plugin/provider_plugin.h"
#include "provider/provider.h"
#include "support/doors_bench.h"

namespace postbell::testing {

/// The same with the provider apns.
struct ProvidedBench : DoorsBench {
    ProvidedBench() {
        providers.add(std::make_unique<provider::Provider>(plugin::ProviderPlugin::open(
            section(config::PluginKind::Provider, "apns"), context())));
    }
    provider::ProviderHost providers;
};

}  // namespace postbell::testing
