// SPDX-License-Identifier: Apache-2.0
// The connections of one credential to one origin: HTTP/2, and HTTP/1.1 with servers that devices
// named and that have no better.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "engine/answer.h"
#include "engine/pool_stats.h"
#include "engine/public_address.h"
#include "log/log.h"
#include "util/origin.h"
#include "util/real_time.h"
#include "util/time.h"

namespace postbell::engine {

class Loop;
struct TlsIdentity;

/// How long a pool waits for others.
template <class Span>
struct PoolTimes {
    /// DNS, TCP, proxy, TLS and SETTINGS together.
    Span connect_timeout{util::Milliseconds(10'000)};
    /// From submit() to the whole answer. A connection on which a request times out is retired
    /// if it answered no other request meanwhile.
    Span request_timeout{util::Milliseconds(30'000)};
    /// A PING after so much silence from the peer while connected.
    Span ping_after{util::Milliseconds(60'000)};
    /// The connection is closed without an answer to a PING for so long; after a tenth of it
    /// another takes its place if a request has timed out.
    Span ping_timeout{util::Milliseconds(10'000)};
    /// In so long no more connections are retired than may be open: a network that fails with every
    /// answer is not to be answered with a new connection each time, which Apple takes for an
    /// attack (Sending notification requests to APNs, "Establish a connection").
    Span retire_pause{util::Milliseconds(30'000)};
    /// A connection without requests for so long is closed; 0: never.
    Span idle_close{util::Milliseconds(0)};
};

/// As the loop's clock counts them.
using ClockTimes = PoolTimes<util::Milliseconds>;

/// The times are the network's: no clock speeds them up.
struct PoolOptions : PoolTimes<util::RealSpan> {
    util::Origin origin;
    /// A device named the origin: it takes its turn among DeviceConnections, its host is looked up
    /// beside those of others, and a server without HTTP/2 is spoken to in HTTP/1.1.
    bool device_named = false;
    std::uint64_t owner = 0;  ///< of those devices: look-ups are shared out by owner
    /// Held against the very address that is connected to, each time.
    AddressPolicy addresses = AddressPolicy::Any;
    std::string proxy;    ///< "http://host:port" for HTTP CONNECT (RFC 9110, 9.3.6); empty: none
    std::string ca_file;  ///< PEM, followed as it changes; empty: the system's
    std::shared_ptr<const TlsIdentity> identity;  ///< for mutual TLS; null: none
    unsigned connections = 1;  ///< at most so many at a time, beside those that only finish
    /// Then a new one, before stream ids run out at 2^30.
    std::uint32_t requests_per_connection = 1'000'000'000;
};

/// Confined to its Loop's thread, construction and destruction included. Connects on the first
/// submit() and again after a failure with backoff (1 s doubling with jitter to 60 s, reset by an
/// answered request); a pool that waits has no slots. Requests that the peer certainly did not
/// process (streams above a GOAWAY's last id, REFUSED_STREAM; RFC 9113, 6.8 and 8.7) are sent again
/// by the pool itself, a few times; others that failed are answered with their Failure, and the
/// caller decides.
class Pool {
  public:
    /// `sink` and `log` must outlive the pool. Throws std::runtime_error or std::invalid_argument
    /// with a sentence: an identity that OpenSSL does not take, a proxy that is none. A ca_file
    /// that cannot be used is a connection that cannot be made.
    Pool(Loop& loop, PoolOptions options, AnswerSink& sink, log::Log& log);
    /// Closes the connections; no callback follows. Allowed inside a callback.
    ~Pool();
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    /// How many requests may be submitted now. With a connection: its free streams (the peer's
    /// limit, obeyed at all times). Without one, and none being waited for: 1, so that the first
    /// request makes the connection.
    unsigned slots() const;
    /// Precondition: slots() > 0. `tag` comes back with the answer. Frames of one turn of the loop
    /// leave in one write.
    void submit(const RequestView& request, std::uint64_t tag);

    /// `connection`, as an answer named it, takes no more requests and closes when those under way
    /// are answered; the next request goes out on another (a server may say so in an answer:
    /// Apple's 503 Shutdown). Does nothing if it is gone, or too many were retired lately:
    /// PoolOptions::retire_pause. Allowed inside a callback.
    void retire(std::uint64_t connection);
    /// Finishes its requests, then closes; submit() must not be called any more. For shutdown and
    /// withdrawn credentials.
    void drain();
    PoolStats stats() const;

    class Impl;

  private:
    std::shared_ptr<Impl> impl_;  // shared with the handlers that are under way in the loop
};

}  // namespace postbell::engine
