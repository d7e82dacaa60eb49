// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/basics.h"

namespace postbell::store {

/// A device and its token, as the app vouches for it at `token_at`.
struct DeviceRow {
    Id app = 0;
    std::string token_key;
    std::string token;  ///< sealed
    Environment environment = Environment::None;
    util::WallTime token_at;
    std::string origin;
    util::WallTime token_expires_at;
};

struct AppEnvironment {
    Id app = 0;
    Environment environment = Environment::None;
};

struct CountedDevice {
    Id id = 0;
    std::int64_t registrations = 0;  ///< as counted last
};

class DeviceRows {
  public:
    virtual ~DeviceRows() = default;

    virtual std::optional<AppEnvironment> appOf(Id device) const = 0;
    virtual std::optional<CountedDevice> find(Id app, std::string_view token_key) const = 0;
    /// The environments of the app's devices that are not dead, each once.
    virtual std::vector<Environment> environmentsOf(Id app) const = 0;
    /// The app's device of this token key, made if it is new. One that was there keeps its stored
    /// token, and is neither dead nor was answered 410 nor called foreign; it stays proven unless
    /// its pushes go elsewhere from now on, to another environment or origin.
    virtual Id put(const DeviceRow& device) = 0;
    /// Counts the device's registrations, and keeps their number with it.
    virtual std::int64_t countRegistrations(Id device) = 0;
    virtual void remove(Id device) = 0;
    /// An unknown last count for each of the device's registrations that has none.
    virtual void addLastCounts(Id device) = 0;
    virtual void removeLastCounts(Id device) = 0;
};

}  // namespace postbell::store
