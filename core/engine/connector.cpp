// SPDX-License-Identifier: Apache-2.0
#include "engine/connector.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace postbell::engine {
namespace asio = boost::asio;
using Error = boost::system::error_code;

Connector::Connector(Loop& loop, const Origin& origin, std::optional<ProxyAddress> proxy,
                     TlsClientContext& tls, std::int64_t timeout_ms)
    : loop_(loop),
      origin_(origin),
      proxy_(std::move(proxy)),
      tls_(tls),
      deadline_ms_(loop.clock().steadyMs() + timeout_ms),
      socket_(loop.context()) {}

void Connector::start(Done done) {
    done_ = std::move(done);
    asio::post(loop_.context(), [self = shared_from_this()] {
        if (!self->ended_) self->resolve();
    });
}

void Connector::cancel() {
    ended_ = true;
    done_ = nullptr;
    timer_ = Timer();
    loop_.lookups().forget(this);
    Error ignored;
    socket_.close(ignored);
    if (channel_) std::exchange(channel_, nullptr)->close();
}

std::string Connector::place() const {
    std::string text = origin_.host + ":" + std::to_string(origin_.port);
    if (proxy_) text += " through the proxy " + proxy_->text();
    return text;
}

void Connector::resolve() {
    const std::string& host = proxy_ ? proxy_->host : origin_.host;
    const std::uint16_t port = proxy_ ? proxy_->port : origin_.port;
    stage_ = "looking up " + host;
    timer_ =
        loop_.after(std::max<std::int64_t>(deadline_ms_ - loop_.clock().steadyMs(), 1), [this] {
            fail(Failure::Connect,
                 "cannot connect to " + place() + ": time ran out while " + stage_);
        });

    Error not_an_address;
    const auto address = asio::ip::make_address(host, not_an_address);
    if (!not_an_address) {
        endpoints_ = {Endpoint(address, port)};
        return tryNext();
    }
    loop_.lookups().find(host, this,
                         [self = shared_from_this(), host, port](
                             const HostLookup::Addresses& addresses, const std::string& problem) {
                             if (self->ended_) return;
                             if (addresses.empty())
                                 return self->fail(Failure::Connect,
                                                   "cannot connect to " + self->place() +
                                                       ": no address for " + host + " (" + problem +
                                                       ")");
                             for (const auto& found : addresses)
                                 self->endpoints_.emplace_back(found, port);
                             self->tryNext();
                         });
}

void Connector::tryNext() {
    if (next_ == endpoints_.size())
        return fail(Failure::Connect, "cannot connect to " + place() + ": " + failures_);
    const Endpoint endpoint = endpoints_[next_++];
    address_ = endpoint.address().to_string();

    // A black hole among the addresses may cost its share of the time, not all of it.
    const auto left_ms = deadline_ms_ - loop_.clock().steadyMs();
    const auto share_ms = left_ms / static_cast<std::int64_t>(endpoints_.size() - next_ + 1);
    stage_ = "waiting for the TCP connection";
    timer_ = loop_.after(std::max<std::int64_t>(share_ms, 1),
                         [this] { tryFailed("time ran out while " + stage_); });

    socket_ = asio::ip::tcp::socket(loop_.context());
    socket_.async_connect(endpoint,
                          [self = shared_from_this(), attempt = next_](const Error& error) {
                              if (self->ended_ || attempt != self->next_) return;
                              if (error) return self->tryFailed(error.message());
                              self->connected();
                          });
}

void Connector::tryFailed(std::string why) {
    if (!failures_.empty()) failures_ += "; ";
    failures_ += address_ + ": " + why;
    Error ignored;
    socket_.close(ignored);
    if (channel_) std::exchange(channel_, nullptr)->close();
    tryNext();
}

void Connector::connected() {
    Error ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    if (proxy_) return askProxy();
    startTls();
}

void Connector::askProxy() {
    stage_ = "waiting for the proxy's answer";
    proxy_request_ = connectRequest(origin_.host, origin_.port);
    proxy_answer_ = ProxyAnswer();
    asio::async_write(
        socket_, asio::buffer(proxy_request_),
        [self = shared_from_this(), attempt = next_](const Error& error, std::size_t) {
            if (self->ended_ || attempt != self->next_) return;
            if (error) return self->tryFailed(error.message());
            self->readProxy();
        });
}

void Connector::readProxy() {
    proxy_buffer_.resize(1024);
    socket_.async_read_some(
        asio::buffer(proxy_buffer_),
        [self = shared_from_this(), attempt = next_](const Error& error, std::size_t size) {
            if (self->ended_ || attempt != self->next_) return;
            if (error) return self->tryFailed("the proxy gave no answer: " + error.message());
            switch (self->proxy_answer_.add({self->proxy_buffer_.data(), size})) {
                case ProxyAnswer::State::Incomplete:
                    return self->readProxy();
                case ProxyAnswer::State::Accepted:
                    return self->startTls();
                case ProxyAnswer::State::Refused:
                    return self->fail(Failure::Connect,
                                      "cannot connect to " + self->place() + " (" + self->address_ +
                                          "): the proxy " + self->proxy_answer_.reason());
            }
        });
}

void Connector::startTls() {
    stage_ = "waiting for the TLS handshake";
    channel_ = std::make_shared<TlsChannel>(std::move(socket_), tls_.newConnection());
    channel_->handshake(
        [self = shared_from_this()](const TlsChannel::Failed* failed) { self->tlsEnded(failed); });
}

void Connector::tlsEnded(const TlsChannel::Failed* failed) {
    if (!failed) return finish({std::exchange(channel_, nullptr), address_, Failure::None, {}});
    tls_.forgetSession();
    // What the certificate or the protocol is refused for is the same at every address; a broken
    // connection may not be.
    if (failed->tls)
        return fail(Failure::Tls,
                    "no TLS connection to " + place() + " (" + address_ + "): " + failed->why);
    tryFailed(failed->why);
}

void Connector::fail(Failure failure, std::string detail) {
    finish({nullptr, address_, failure, std::move(detail)});
}

void Connector::finish(Result result) {
    const auto self = shared_from_this();  // cancel() may drop what holds us
    auto done = std::exchange(done_, nullptr);
    cancel();
    if (done) done(std::move(result));
}

}  // namespace postbell::engine
