// SPDX-License-Identifier: Apache-2.0
// How long subscriptions last: the time asked for, and the one granted.
#pragma once
#include <cstdint>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "postbell/managed.hpp"

namespace postbell::office365 {

/// The lifetime that the instance asks for. A tenant's limit may be lower than the config's wish:
/// Graph names the limit when it refuses, and later subscriptions keep to it.
class LifetimeLimit {
  public:
    LifetimeLimit(const Host& host, std::uint32_t minutes) : host_(host), minutes_(minutes) {}

    std::int64_t minutes() const { return minutes_; }
    /// True: the refusal names a limit below minutes(), and from now on minutes() is within it.
    bool learns(const Response& refusal);

  private:
    const Host host_;
    std::int64_t minutes_;
};

/// Of one subscription, by Graph's clock: Graph refuses an end that is too far ahead of its own
/// clock.
class Lifetime {
  public:
    explicit Lifetime(LifetimeLimit& limit) : limit_(limit) {}

    std::string wanted(std::int64_t now_ms) const;
    /// True: the refusal shows a lower limit or another clock at Graph, so that asking again may
    /// help. Each once.
    bool learns(const Response& refusal, std::int64_t now_ms);
    /// When the granted lifetime ends, by the gateway's clock. Never further ahead than Graph can
    /// grant.
    std::int64_t granted(const Response& response, const nlohmann::json& subscription,
                         std::int64_t now_ms) const;

  private:
    LifetimeLimit& limit_;
    std::int64_t ahead_ms_ = 0;
    bool learned_limit_ = false;
    bool learned_clock_ = false;
};

}  // namespace postbell::office365
