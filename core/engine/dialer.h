// SPDX-License-Identifier: Apache-2.0
// TCP connections to the addresses of one name, of which the first wins (RFC 8305, "happy
// eyeballs").
#pragma once
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/host_lookup.h"
#include "engine/loop.h"

namespace postbell::engine {

/// The order in which addresses are tried: `good`, which worked last, first if it is among them,
/// then the families in turns (RFC 8305, 4).
HostLookup::Addresses inDialOrder(HostLookup::Addresses addresses,
                                  const std::optional<IpAddress>& good);

/// Confined to the loop's thread. Shared with its handlers in the loop; cancel() ends them, and no
/// callback follows it.
class Dialer : public std::enable_shared_from_this<Dialer> {
  public:
    using Socket = boost::asio::ip::tcp::socket;
    /// Why an address must not be connected to, as the end of a sentence; empty: it may be.
    using Policy = std::function<std::string_view(const IpAddress& address)>;
    /// With a socket to the address; without, all addresses have failed.
    using Done = std::function<void(std::optional<Socket> socket, const IpAddress& address)>;

    /// `policy` is asked for each address before each attempt.
    Dialer(Loop& loop, const HostLookup::Addresses& addresses, std::uint16_t port, Policy policy);

    /// Tries the addresses that have not failed yet, one more each 250 ms (and at once after a
    /// failure), until one answers. Calls `done` once; then it may be called again.
    void dial(Done done);
    void cancel();
    /// After a success that was none: the next dial() leaves the address out.
    void failed(const IpAddress& address, std::string_view why);
    /// The addresses that wait for an answer have failed, too.
    void giveUp(std::string_view why);

    /// The fate of each address so far.
    const std::string& failures() const { return failures_; }
    /// The policy let at least one address through.
    bool mayConnect() const { return may_connect_; }
    /// The addresses that have not failed yet, but for the one that answered last.
    std::size_t left() const { return waiting_.size(); }

  private:
    struct Attempt {
        IpAddress address;
        Socket socket;
    };

    void startNext();
    void closeRunning();
    void ended(const std::shared_ptr<Attempt>& attempt, const boost::system::error_code& error);
    void succeeded(const std::shared_ptr<Attempt>& attempt);

    Loop& loop_;
    const std::uint16_t port_;
    const Policy policy_;
    std::deque<IpAddress> waiting_;
    std::vector<std::shared_ptr<Attempt>> running_;  // shared with their handlers
    Done done_;
    Timer next_timer_;
    std::string failures_;
    bool may_connect_ = false;
};

}  // namespace postbell::engine
