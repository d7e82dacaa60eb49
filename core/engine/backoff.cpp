// SPDX-License-Identifier: Apache-2.0
#include "engine/backoff.h"

#include <algorithm>

namespace postbell::engine {

std::int64_t Backoff::next() {
    const std::int64_t step = step_ms_;
    step_ms_ = std::min(step_ms_ * 2, most_ms_);
    return jittered(step);
}

std::int64_t Backoff::jittered(std::int64_t step_ms) {
    return std::uniform_int_distribution<std::int64_t>(step_ms / 2, step_ms)(random_);
}

}  // namespace postbell::engine
