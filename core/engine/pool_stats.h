// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

namespace postbell::engine {

/// How a pool stands.
struct PoolStats {
    unsigned connected = 0;      ///< connections that may carry requests
    unsigned open_streams = 0;   ///< requests sent and not answered
    std::uint64_t connects = 0;  ///< connections established since the start
    std::uint64_t connect_failures = 0;
    std::uint64_t goaways = 0;
    std::uint64_t resent = 0;  ///< requests sent again because the peer had not processed them
};

}  // namespace postbell::engine
