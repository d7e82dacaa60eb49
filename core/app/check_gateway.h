// SPDX-License-Identifier: Apache-2.0
// The running gateway's own account of itself: a part of `check`.
#pragma once
#include <nlohmann/json.hpp>

#include <string>

#include "app/check_report.h"
#include "config/config.h"

namespace postbell::app {

/// What is known of the gateway that holds the store.
struct GatewayFindings {
    bool runs = false;     ///< or may, since it cannot be told
    nlohmann::json state;  ///< its gatewayState(); null: none runs, or it does not tell
    bool silent = false;   ///< it answers no calls, and is asked nothing more
};
/// Whether a gateway runs, and is ready.
GatewayFindings checkGateway(CheckReport& report, const config::Config& config);

/// Whether the limit of open files suffices: the running gateway's, else the one that a start from
/// here would have.
void checkOpenFiles(CheckReport& report, const config::Config& config,
                    const GatewayFindings& gateway);
/// Whether the config names the key that the running gateway opened the database with.
void checkMasterKey(CheckReport& report, const config::Config& config,
                    const GatewayFindings& gateway);
/// Why pushes of the running gateway to `origin` fail; empty: they do not, or no gateway runs.
std::string whyFailing(const std::string& origin, const nlohmann::json& gateway);

}  // namespace postbell::app
