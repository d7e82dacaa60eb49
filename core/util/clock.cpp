// SPDX-License-Identifier: Apache-2.0
#include "util/clock.h"

namespace postbell::util {
namespace {

using std::chrono::duration_cast;

WallTime systemWall() {
    return WallTime(
        duration_cast<Milliseconds>(std::chrono::system_clock::now().time_since_epoch()));
}

/// Long before this process: tasks that were due before its start have a time that is set, too, and
/// stay in their order.
constexpr Microseconds kBegin = std::chrono::hours(24 * 365 * 100);

template <class Duration>
Duration scaled(Milliseconds duration, double factor) {
    return duration_cast<Duration>(std::chrono::duration<double, std::milli>(duration) * factor);
}

}  // namespace

SystemClock::SystemClock(double speed)
    : speed_(speed), wall_start_(systemWall()), start_(std::chrono::steady_clock::now()) {}

SteadyTime SystemClock::steady() const {
    const auto elapsed = std::chrono::steady_clock::now() - start_;
    return SteadyTime(kBegin + duration_cast<Microseconds>(
                                   std::chrono::duration<double, std::micro>(elapsed) * speed_));
}

WallTime SystemClock::wall() const {
    // At normal speed the machine's wall clock is followed, so that a step of it (NTP) is seen.
    if (speed_ == 1.0) return systemWall();
    return wall_start_ + duration_cast<Milliseconds>(steady() - SteadyTime(kBegin));
}

Microseconds SystemClock::realTime(Milliseconds delay) const {
    return scaled<Microseconds>(delay, 1.0 / speed_);
}

Milliseconds SystemClock::ofReal(RealSpan real) const {
    return scaled<Milliseconds>(real.inRealTime(), speed_);
}

}  // namespace postbell::util
