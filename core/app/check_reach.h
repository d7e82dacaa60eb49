// SPDX-License-Identifier: Apache-2.0
// Whether the push networks can be reached: a part of `check`.
#pragma once
#include <string>
#include <vector>

#include "app/check_report.h"
#include "config/config.h"

namespace postbell::app {

/// An enabled provider instance.
struct ProviderHosts {
    std::string instance;
    std::vector<std::string> origins;
    bool has_environments = false;
};

/// `credentials`: from credential/list with their origins. A host that no device is pushed to at is
/// looked at as well, and may be out of reach: an app in the App Store never needs the sandbox.
/// `gateway`: from checkGateway(); what it knows of a host counts more than an attempt from here.
void checkReach(CheckReport& report, const config::Config& config,
                const std::vector<ProviderHosts>& providers, const nlohmann::json& credentials,
                const nlohmann::json& gateway);

}  // namespace postbell::app
