// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "util/time.h"

namespace postbell::dispatch {

struct DispatchSettings {
    util::Milliseconds quiet_delay{2'000};
    util::Milliseconds retry_max = std::chrono::minutes(15);
};

struct ConnectionSettings {
    util::Milliseconds request_timeout = std::chrono::seconds(30);
    unsigned connections = 1;  ///< to one origin, with one credential
    std::string proxy, ca_file;
};

}  // namespace postbell::dispatch
