// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>

#include "log/log.h"
#include "log/repeat_gate.h"
#include "store/directory.h"
#include "util/clock.h"

namespace prometheus {
class Counter;
template <class T>
class Family;
class Registry;
}  // namespace prometheus

namespace postbell::api {

/// Tells the admin that phones are turned away at a limit: counters, and a line in the log once a
/// minute for each limit of an app, and for all addresses together. Thread-safe.
class EnrolmentAlarm {
  public:
    EnrolmentAlarm(prometheus::Registry& registry, const util::Clock& clock, log::Log& log);

    /// The app has all the registrations that it may have.
    void appIsFull(const store::App& app, std::int64_t limit);
    /// The app has had its new registrations of this minute.
    void appIsTooFast(const store::App& app, std::uint32_t limit);
    /// The address has had its calls of this minute.
    void addressIsTooFast(const std::string& peer, std::uint32_t limit);

  private:
    const util::Clock& clock_;
    log::Log& log_;
    prometheus::Counter& full_;
    prometheus::Counter& app_too_fast_;
    prometheus::Counter& address_too_fast_;
    log::RepeatGate lines_;
};

}  // namespace postbell::api
