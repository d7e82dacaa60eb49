// SPDX-License-Identifier: Apache-2.0
// State that the threads of one server share.
#pragma once
#include <atomic>
#include <memory>
#include <optional>
#include <utility>

#include "net/address_counter.h"
#include "net/http_server.h"
#include "net/memory_share.h"
#include "net/tls_context.h"
#include "util/clock.h"
#include "util/file_descriptor.h"

namespace postbell::net {

/// Shared with the responders, which may outlive the server.
struct WorkCount {
    std::atomic<std::size_t> requests{0};
};

/// A request's place among those in work; given back by leave(), or when destroyed.
class InWork {
  public:
    /// Nothing: as many as `limit` are in work.
    static std::optional<InWork> tryEnter(const std::shared_ptr<WorkCount>& count,
                                          std::size_t limit) {
        InWork place(count);
        if (count->requests.fetch_add(1, std::memory_order_relaxed) >= limit) return std::nullopt;
        return place;
    }
    InWork(InWork&&) noexcept = default;
    InWork& operator=(InWork&&) = delete;
    ~InWork() { leave(); }

    void leave() {
        if (count_)
            std::exchange(count_, nullptr)->requests.fetch_sub(1, std::memory_order_relaxed);
    }

  private:
    explicit InWork(std::shared_ptr<WorkCount> count) : count_(std::move(count)) {}

    std::shared_ptr<WorkCount> count_;
};

struct ServerState {
    ServerState(ServerSettings settings_, Handler handler_, log::Log& log_)
        : settings(std::move(settings_)),
          handler(std::move(handler_)),
          log(log_),
          tls(settings.tls_certificate, settings.tls_key, clock) {}

    const ServerSettings settings;
    const Handler handler;
    log::Log& log;
    /// Real time, whatever `[gateway] clock_speed` says, since the peers live in real time.
    const util::SystemClock clock;
    TlsSource tls;
    AddressCounter addresses;
    std::atomic<std::size_t> connections{0};
    /// Of requests on their way in, and of those handed out and not destroyed yet.
    const MemoryShare::Total receiving_bytes = std::make_shared<std::atomic<std::size_t>>(0),
                             work_bytes = std::make_shared<std::atomic<std::size_t>>(0);

    std::size_t requestBytes() const {
        return receiving_bytes->load(std::memory_order_relaxed) +
               work_bytes->load(std::memory_order_relaxed);
    }
    bool hasTooManyBytes() const { return requestBytes() > settings.limits.request_bytes; }
    const std::shared_ptr<WorkCount> work = std::make_shared<WorkCount>();
};

/// One reactor's figures: written by its thread alone, read by any.
struct ReactorCounters {
    using Count = std::atomic<std::uint64_t>;
    Count accepted{0}, requests{0}, refused_overload{0}, refused_malformed{0}, timed_out{0},
        tls_failures{0};

    static void bump(Count& count) {
        count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }
};

/// A connection's place among the connections that the server, and the peer's address, may have;
/// given back when destroyed.
class ConnectionPlace {
  public:
    ConnectionPlace(ServerState& state, const AddressKey& key) : state_(&state), key_(key) {}
    ConnectionPlace(ConnectionPlace&& other) noexcept
        : state_(std::exchange(other.state_, nullptr)), key_(other.key_) {}
    ConnectionPlace& operator=(ConnectionPlace&&) = delete;
    ~ConnectionPlace() {
        if (!state_) return;
        state_->addresses.remove(key_);
        state_->connections.fetch_sub(1, std::memory_order_relaxed);
    }

  private:
    ServerState* state_;
    AddressKey key_;
};

struct Accepted {
    util::FileDescriptor socket;
    std::string peer;
    ConnectionPlace place;
    /// The connection came when all were taken: the reactor that takes it ends another, or hands it
    /// on.
    bool needs_room = false;
    std::size_t reactors_asked = 0;  ///< for room, in vain
};

}  // namespace postbell::net
