// SPDX-License-Identifier: Apache-2.0
// Origins that devices name (Web Push, UnifiedPush), where the holder of an app's enrolment key may
// have this machine connect to a server of his choice.
#pragma once
#include <string_view>
#include <vector>

#include "util/origin.h"
#include "util/result.h"

namespace postbell::engine {

/// Who named an origin that is pushed to.
enum class NamedBy {
    Network,   ///< the provider, or the operator for it
    Operator,  ///< a device, and the operator's configuration lists the origin
    Device,    ///< a device alone
};

/// Which of these origins are pushed to, and how. Immutable.
/// docs/decisions/device-named-origins.md says why each rule is there.
class DeviceOrigins {
  public:
    /// `allowed` origins are the operator's: they may be on private addresses, and have any host
    /// and port.
    explicit DeviceOrigins(std::vector<util::Origin> allowed = {}) : allowed_(std::move(allowed)) {}

    /// Any two texts of one origin give the same value. The problem is a sentence for the device.
    util::Result<util::Origin> parse(std::string_view text) const;
    /// The operator, or a device alone.
    NamedBy namedBy(const util::Origin& origin) const;

  private:
    const std::vector<util::Origin> allowed_;
};

}  // namespace postbell::engine
