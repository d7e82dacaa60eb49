// SPDX-License-Identifier: Apache-2.0
#include "util/clock.h"

namespace postbell::util {
namespace {

std::int64_t systemWallMs() {
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace

SystemClock::SystemClock(double speed)
    : speed_(speed), wall_start_ms_(systemWallMs()), start_(std::chrono::steady_clock::now()) {}

std::int64_t SystemClock::steadyMs() const {
    using namespace std::chrono;
    const double elapsed_ms = duration<double, std::milli>(steady_clock::now() - start_).count();
    return static_cast<std::int64_t>(elapsed_ms * speed_);
}

std::int64_t SystemClock::wallMs() const {
    // At normal speed the machine's wall clock is followed, so that a step of it (NTP) is seen.
    return speed_ == 1.0 ? systemWallMs() : wall_start_ms_ + steadyMs();
}

std::chrono::microseconds SystemClock::realTime(std::int64_t delay_ms) const {
    return std::chrono::microseconds(
        static_cast<std::int64_t>(static_cast<double>(delay_ms) * 1000.0 / speed_));
}

std::int64_t SystemClock::ofRealMs(std::int64_t real_ms) const {
    return static_cast<std::int64_t>(static_cast<double>(real_ms) * speed_);
}

}  // namespace postbell::util
