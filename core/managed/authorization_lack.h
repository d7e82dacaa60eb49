// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <string>
#include <utility>

#include "log/log.h"
#include "util/clock.h"

namespace postbell::managed {

/// Tells the log that a backend gets no authorization, once a minute at most, and that it gets one
/// again. Confined to one thread; the references must outlive it.
class AuthorizationLack {
  public:
    AuthorizationLack(std::string instance, const util::Clock& clock, log::Log& log)
        : instance_(std::move(instance)), clock_(clock), log_(log) {}

    void tell(const std::string& why) {
        const util::SteadyTime now = clock_.steady();
        if (util::isSet(told_at_) && now < told_at_ + kPause) return;
        told_at_ = now;
        log_.warning("a managed backend gets no authorization: its tasks wait",
                     {{"backend", instance_}, {"reason", why}});
    }
    void ended() {
        if (!util::isSet(std::exchange(told_at_, {}))) return;
        log_.info("a managed backend gets authorizations again", {{"backend", instance_}});
    }

  private:
    static constexpr util::Milliseconds kPause = std::chrono::minutes(1);

    const std::string instance_;
    const util::Clock& clock_;
    log::Log& log_;
    util::SteadyTime told_at_;  // not set: no lack was told
};

}  // namespace postbell::managed
