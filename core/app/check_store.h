// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>

#include "app/check_gateway.h"
#include "app/check_report.h"
#include "config/config.h"

namespace postbell::app {

/// Reports whether the store can be read, apps without a credential, and each credential. Gives the
/// credentials as `credential list` does, with their origins.
nlohmann::json checkStore(CheckReport& report, const config::Config& config,
                          const GatewayFindings& gateway);

}  // namespace postbell::app
