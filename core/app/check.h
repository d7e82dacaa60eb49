// SPDX-License-Identifier: Apache-2.0
// `postbell check`: is everything there that a push needs?
#pragma once
#include <nlohmann/json_fwd.hpp>

#include "config/config.h"

namespace postbell::app {

/// {"ok": bool, "checks": [{"check", "ok", "detail"}]}: config, master key, plugins, TLS files,
/// store, credentials, and whether the push networks can be reached.
nlohmann::json check(const config::Config& config);

}  // namespace postbell::app
