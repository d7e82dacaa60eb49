// SPDX-License-Identifier: Apache-2.0
// Which addresses belong to the public Internet: a device that names a push server must not reach
// the machines beside this one.
#pragma once
#include <string_view>

#include "engine/ip_address.h"

namespace postbell::engine {

/// Which addresses of an origin's host a pool may connect to.
enum class AddressPolicy {
    Any,         ///< the operator named the origin
    PublicOnly,  ///< a device named it
};

/// Why a packet to `address` does not go to the public Internet, as the end of a sentence ("is
/// private, RFC 1918"); empty: it does. From IANA's special-purpose registries, where "globally
/// reachable" is not True.
std::string_view whyNotPublic(const IpAddress& address);

}  // namespace postbell::engine
