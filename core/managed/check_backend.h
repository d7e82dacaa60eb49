// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "log/log.h"
#include "managed/http_client.h"
#include "plugin/backend_plugin.h"
#include "util/clock.h"

namespace postbell::managed {

/// Whether a backend could do its work now: its advice, or throws std::runtime_error with a
/// sentence. For `postbell check`.
std::string checkBackend(plugin::BackendPlugin& plugin, const HttpSettings& http,
                         const util::Clock& clock, log::Log& log);

}  // namespace postbell::managed
