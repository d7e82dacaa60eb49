// SPDX-License-Identifier: Apache-2.0
#include "simulated_clock.h"

#include <chrono>

namespace http2_simulator {

namespace {

std::int64_t unixUs() {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

}  // namespace

std::int64_t monotonicUs() {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

SimulatedClock::SimulatedClock(double speed) : speed_(speed), follows_machine_(speed == 1.0) {
    if (!follows_machine_) setOffset(0, speed);
}

Moment SimulatedClock::now() const {
    Moment moment;
    moment.unix_us = unixUs();
    moment.monotonic_us = monotonicUs();
    std::lock_guard lock(mutex_);
    moment.simulated_unix =
        follows_machine_
            ? static_cast<double>(moment.unix_us) / 1e6 + offset_seconds_
            : base_unix_ +
                  static_cast<double>(moment.monotonic_us - base_monotonic_us_) / 1e6 * speed_;
    return moment;
}

double SimulatedClock::speed() const {
    std::lock_guard lock(mutex_);
    return speed_;
}

void SimulatedClock::setOffset(double offset_seconds, double speed) {
    std::lock_guard lock(mutex_);
    speed_ = speed;
    follows_machine_ = speed == 1.0;
    offset_seconds_ = offset_seconds;
    base_unix_ = static_cast<double>(unixUs()) / 1e6 + offset_seconds;
    base_monotonic_us_ = monotonicUs();
}

void SimulatedClock::setNow(double unix_seconds, double speed) {
    std::lock_guard lock(mutex_);
    speed_ = speed;
    follows_machine_ = false;
    base_unix_ = unix_seconds;
    base_monotonic_us_ = monotonicUs();
}

}  // namespace http2_simulator
