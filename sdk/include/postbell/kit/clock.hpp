// SPDX-License-Identifier: Apache-2.0
// Wall clocks, which are set back and ahead.
#pragma once
#include <cstdint>

namespace postbell::kit {

/// A wall clock that is wrong or was set by less is as good as right: the core takes the same.
constexpr std::int64_t kClockToleranceMs = 60'000;

}  // namespace postbell::kit
