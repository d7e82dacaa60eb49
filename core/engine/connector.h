// SPDX-License-Identifier: Apache-2.0
// One attempt to get a TLS connection to an origin: DNS, TCP, perhaps a proxy, TLS.
#pragma once
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/answer.h"
#include "engine/dialer.h"
#include "engine/loop.h"
#include "engine/pool.h"
#include "engine/proxy_connect.h"
#include "engine/tls_channel.h"
#include "engine/tls_client_context.h"

namespace postbell::engine {

/// Confined to the loop's thread. Shared with its handlers in the loop; cancel() ends them, and no
/// callback follows it.
class Connector : public std::enable_shared_from_this<Connector> {
  public:
    struct Result {
        std::shared_ptr<TlsChannel> channel;  ///< null: it failed
        std::string address;                  ///< of the machine at the other end of the socket
        Failure failure = Failure::None;
        std::string detail;
    };
    using Done = std::function<void(Result)>;

    /// The references must outlive the connector until cancel() or `done`. All addresses that the
    /// options' policy lets through are tried; together they have
    /// until `timeout`. `good` is
    /// tried first, and becomes the address that worked.
    Connector(Loop& loop, const PoolOptions& options, util::Milliseconds timeout,
              std::optional<ProxyAddress> proxy, TlsClientContext& tls,
              std::optional<IpAddress>& good);

    /// Calls `done` once, from the loop.
    void start(Done done);
    void cancel();

  private:
    template <class Step>
    void guarded(const Step& step);
    void resolve();
    HostLookup& lookups();
    /// Why the policy does not let us connect to `address`, as the end of a sentence; empty: it
    /// does.
    std::string_view whyRefused(const IpAddress& address) const;
    util::Milliseconds timeLeft() const;
    void resolved(HostLookup::Addresses addresses);
    void dial();
    void tryFailed(const std::string& why);
    void connected();
    void askProxy();
    void readProxy();
    void startTls();
    void tlsEnded(const TlsChannel::Failed* failed);
    void fail(Failure failure, std::string detail);
    void finish(Result result);
    std::string place() const;

    Loop& loop_;
    const PoolOptions& options_;
    const util::Origin& origin_;
    const std::optional<ProxyAddress> proxy_;
    TlsClientContext& tls_;
    const util::SteadyTime deadline_;
    Done done_;
    boost::asio::ip::tcp::socket socket_;
    std::shared_ptr<TlsChannel> channel_;
    std::optional<IpAddress>& good_;
    std::shared_ptr<Dialer> dialer_;
    std::uint64_t attempt_ = 0;  // the number of the socket
    IpAddress address_;          // of the machine at its other end
    Timer timer_;
    std::string stage_;
    std::string proxy_request_;
    std::string proxy_buffer_;
    ProxyAnswer proxy_answer_;
    bool ended_ = false;
};

}  // namespace postbell::engine
