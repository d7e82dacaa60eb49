// SPDX-License-Identifier: Apache-2.0
// Two kinds of time that the compiler keeps apart: wall time, which is stored and shown, and steady
// time, by which waits are measured.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>

namespace postbell::util {

using Milliseconds = std::chrono::milliseconds;
using Microseconds = std::chrono::microseconds;

constexpr Milliseconds kDay = std::chrono::hours(24);

/// Types only, without now(): the time comes from util::Clock.
struct WallEpoch {
    using duration = Milliseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<WallEpoch>;
    static constexpr bool is_steady = false;
};
struct SteadyEpoch {
    using duration = Microseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<SteadyEpoch>;
    static constexpr bool is_steady = true;
};

/// Milliseconds since the UNIX epoch. May be set back by an admin or by NTP, so no wait is measured
/// by it. The default value, the epoch itself, means "never" or "unknown".
using WallTime = WallEpoch::time_point;
/// Microseconds since an arbitrary moment of this process. Never goes back; never stored. The
/// default value means "never" or "unknown": a Clock begins later.
using SteadyTime = SteadyEpoch::time_point;

constexpr bool isSet(WallTime time) {
    return time != WallTime();
}
constexpr bool isSet(SteadyTime time) {
    return time != SteadyTime();
}

/// For the borders: the database, the plugin contract, JSON.
constexpr WallTime fromMs(std::int64_t ms) {
    return WallTime(Milliseconds(ms));
}
/// Of a number that a stranger named: from the epoch to the end of the year 9999, so that nothing
/// overflows where times are added and compared.
constexpr WallTime fromAnyMs(std::int64_t ms) {
    return fromMs(std::clamp<std::int64_t>(ms, 0, 253'402'300'799'999));
}
constexpr std::int64_t toMs(WallTime time) {
    return time.time_since_epoch().count();
}

}  // namespace postbell::util
