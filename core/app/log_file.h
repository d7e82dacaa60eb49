// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "config/config.h"

namespace postbell::app {

/// Why the log may not go to the file that the config names: it is another file of the gateway's,
/// which lines would destroy. Empty: it may.
std::string logFileConflict(const config::Config& config);

/// Throws ConfigError with that reason.
void refuseLogFile(const config::Config& config);

}  // namespace postbell::app
