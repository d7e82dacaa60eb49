// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>

#include "util/time.h"

namespace postbell::net {

/// The limits of one listener. Time-outs are totals, not for each read, and real time (a sped-up
/// clock does not touch them).
struct Limits {
    static constexpr std::size_t kMaxBodyBytes = 16 * 1024 * 1024;

    std::size_t connections = 10'000;  ///< beyond: the longest silent makes room
    /// The config gives a listener on a loopback address as many as connections.
    std::size_t connections_per_address = 1'000;
    std::size_t header_bytes = 16 * 1024;  ///< request line and header fields together: 431
    std::size_t header_fields = 100;       ///< 431
    std::size_t body_bytes = 1024 * 1024;  ///< 413; at most kMaxBodyBytes
    /// Memory of all requests, from their first bytes to the end of the work on them; beyond: 503
    /// with Retry-After.
    std::size_t request_bytes = 256 * 1024 * 1024;
    /// From accept (TLS handshake included) to the first byte of a request.
    util::Milliseconds first_byte_timeout{10'000};
    /// From the first byte to the end of the header: 408.
    util::Milliseconds header_timeout{10'000};
    /// From the end of the header to the end of the body: 408.
    util::Milliseconds body_timeout{30'000};
    util::Milliseconds idle_timeout{75'000};   ///< keep-alive between two requests
    util::Milliseconds write_timeout{30'000};  ///< for the peer to take the answer
    std::size_t requests_per_connection = 100'000;
    /// Requests handed out and not answered; beyond: 503 with Retry-After, at once.
    std::size_t in_work = 10'000;
};

}  // namespace postbell::net
