// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "api/rate_limiter.h"
#include "net/address_key.h"

namespace postbell::api {

/// A limit on the calls a minute of each address. Thread-safe; bounded in memory.
class AddressLimiter {
  public:
    /// 0: no limit.
    explicit AddressLimiter(std::uint32_t per_minute)
        : per_address_(per_minute), per_site_(per_minute * net::AddressKey::kSiteShares) {}

    bool allow(const net::AddressKey& address, util::SteadyTime now) {
        // First: a network that has had its share takes nothing from its site's other networks.
        if (!per_address_.allow(address, now)) return false;
        const auto site = address.site();
        return !site || per_site_.allow(*site, now);
    }

  private:
    KeyedRateLimiter<net::AddressKey> per_address_;
    KeyedRateLimiter<net::AddressKey> per_site_;
};

}  // namespace postbell::api
