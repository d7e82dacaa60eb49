// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "util/real_time.h"
#include "util/time.h"

namespace postbell::dispatch {

/// The config holds the defaults.
struct DispatchSettings {
    util::Milliseconds quiet_delay{0};
    util::Milliseconds retry_max{0};
};

struct ConnectionSettings {
    util::RealSpan request_timeout;
    unsigned connections = 0;  ///< to one origin, with one credential
    std::string proxy, ca_file;
};

}  // namespace postbell::dispatch
