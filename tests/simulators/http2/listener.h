// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>

#include "event_loop.h"
#include "options.h"

namespace http2_simulator {

/// A bound port that can refuse connections for a while without losing its number. Confined to its
/// loop.
class Listener final : public EventHandler {
  public:
    /// `accepted` gets each new, non-blocking socket. Throws std::system_error.
    Listener(EventLoop& loop, const Address& address, std::function<void(int)> accepted);
    ~Listener() override;

    std::uint16_t port() const { return port_; }
    void refuse();
    void reopen();
    void onEvents(std::uint32_t events) override;

  private:
    EventLoop& loop_;
    Address address_;
    std::function<void(int)> accepted_;
    std::uint16_t port_ = 0;
    /// Bound and never listening: keeps the port ours while refuse() is in force.
    int reserve_fd_ = -1;
    int fd_ = -1;
};

/// A socket bound to the address (of either family), with SO_REUSEADDR. Throws std::system_error.
int bindSocket(const Address& address, int extra_type);
std::uint16_t boundPort(int fd);

}  // namespace http2_simulator
