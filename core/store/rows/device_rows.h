// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/records/basics.h"

namespace postbell::store {

/// An app on a phone. Whoever learns a device token can register it, so that a token says neither
/// which phone it is of nor in which environment it is good: another phone's word for it makes
/// another device.
struct DeviceIdentity {
    Id app = 0;
    std::string token_key;
    Environment environment = Environment::None;
    std::string device_key;
};

/// A device's token, as the app vouches for it at `token_at`.
struct DeviceTokenRow {
    std::string token;  ///< sealed
    util::WallTime token_at;
    std::string origin;
    util::WallTime token_expires_at;
};

struct CountedDevice {
    Id id = 0;
    std::int64_t registrations = 0;  ///< as counted last
};

class DeviceRows {
  public:
    virtual ~DeviceRows() = default;

    virtual std::optional<DeviceIdentity> identityOf(Id device) const = 0;
    virtual std::optional<CountedDevice> find(const DeviceIdentity& identity) const = 0;
    /// The environments of the app's devices that are not dead, each once.
    virtual std::vector<Environment> environmentsOf(Id app) const = 0;
    /// The device of this identity. One that is new is made without a token, which follows in the
    /// same transaction.
    virtual Id findOrInsert(const DeviceIdentity& identity) = 0;
    /// From now on the token's state is TokenState::vouchedFor() in the engine's own language.
    virtual void putToken(Id device, const DeviceTokenRow& token) = 0;
    /// Counts each device's registrations, and keeps their number with it. Those that are there.
    virtual std::vector<CountedDevice> countRegistrations(std::span<const Id> devices) = 0;
    virtual void remove(std::span<const Id> devices) = 0;
};

}  // namespace postbell::store
