// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <unordered_map>

#include "event_loop.h"
#include "fault.h"
#include "ledger.h"
#include "network.h"
#include "options.h"
#include "simulated_clock.h"

namespace http2_simulator {

class Connection;

/// What all connections share. The referenced objects are thread-safe and outlive them.
struct Services {
    const Options& options;
    SimulatedClock& clock;
    Network& network;
    Ledger& ledger;
    FaultBook& faults;
    SSL_CTX* tls = nullptr;
    /// A stream limit set for everyone by a fault; negative: none.
    std::atomic<std::int64_t> stream_limit{-1};
};

/// One thread with its loop and its connections.
struct Worker {
    EventLoop loop;
    std::unordered_map<std::uint64_t, std::unique_ptr<Connection>> connections;
    std::thread thread;
};

}  // namespace http2_simulator
