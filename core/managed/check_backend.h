// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "log/log.h"
#include "managed/http_client.h"
#include "plugin/backend_plugin.h"
#include "util/clock.h"

namespace postbell::managed {

/// Lets a backend try whether its tasks could work now, for `postbell check`. Returns its advice,
/// or throws std::runtime_error with a sentence.
std::string checkBackend(plugin::BackendPlugin& plugin, const HttpSettings& http,
                         const util::Clock& clock, log::Log& log);

}  // namespace postbell::managed
