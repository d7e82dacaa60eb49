// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>

#include "util/time.h"

namespace postbell::backend {

/// Real time, whatever the speed of the gateway's clock: how long a plugin holds a thread, and how
/// long a commit takes, are the machine's doing.
inline util::Microseconds realTime() {
    return std::chrono::duration_cast<util::Microseconds>(
        std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace postbell::backend
