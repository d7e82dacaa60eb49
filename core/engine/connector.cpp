// SPDX-License-Identifier: Apache-2.0
#include "engine/connector.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <utility>

namespace postbell::engine {
namespace asio = boost::asio;
using Error = boost::system::error_code;
namespace {

// A name's owner may give it thousands.
constexpr std::size_t kMaxAddresses = 16;

}  // namespace

Connector::Connector(Loop& loop, const PoolOptions& options, util::Milliseconds timeout,
                     std::optional<ProxyAddress> proxy, TlsClientContext& tls,
                     std::optional<IpAddress>& good)
    : loop_(loop),
      options_(options),
      origin_(options.origin),
      proxy_(std::move(proxy)),
      tls_(tls),
      deadline_(loop.clock().steady() + timeout),
      socket_(loop.context()),
      good_(good) {}

void Connector::start(Done done) {
    done_ = std::move(done);
    asio::post(loop_.context(), [self = shared_from_this()] {
        if (!self->ended_) self->guarded([&] { self->resolve(); });
    });
}

/// A step that fails, for want of memory say, ends the attempt: no other step would come.
template <class Step>
void Connector::guarded(const Step& step) {
    try {
        step();
    } catch (const std::exception& error) {
        fail(Failure::Connect, "cannot connect to " + place() + ": " + error.what());
    }
}

void Connector::cancel() {
    ended_ = true;
    done_ = nullptr;
    timer_ = Timer();
    lookups().forget(this);
    if (dialer_) dialer_->cancel();
    Error ignored;
    socket_.close(ignored);
    if (channel_) std::exchange(channel_, nullptr)->close();
}

std::string Connector::place() const {
    std::string text = origin_.host + ":" + std::to_string(origin_.port);
    if (proxy_) text += " through the proxy " + proxy_->text();
    return text;
}

HostLookup& Connector::lookups() {
    return options_.device_named ? loop_.deviceLookups() : loop_.lookups();
}

util::Milliseconds Connector::timeLeft() const {
    return std::chrono::ceil<util::Milliseconds>(deadline_ - loop_.clock().steady());
}

void Connector::resolve() {
    const std::string& host = proxy_ ? proxy_->host : origin_.host;
    stage_ = "looking up " + host;
    timer_ = loop_.after(timeLeft(), [this] {
        fail(Failure::Connect, "cannot connect to " + place() + ": time ran out while " + stage_);
    });

    // A proxy looks names up itself: their addresses are unknown here.
    const auto literal = IpAddress::parse(origin_.host);
    if (proxy_ && literal)
        if (const auto why = whyRefused(*literal); !why.empty())
            return fail(Failure::Forbidden,
                        "cannot connect to " + place() + ": the address " + std::string(why));

    if (const auto address = IpAddress::parse(host)) return resolved({*address});
    // With a dot at the end the resolver appends no domain of this machine's network.
    const bool absolute = !proxy_ && options_.addresses == AddressPolicy::PublicOnly;
    lookups().find(absolute ? host + "." : host, this, options_.owner,
                   [self = shared_from_this(), host](const HostLookup::Found& found) {
                       if (self->ended_) return;
                       if (found.addresses.empty())
                           return self->fail(found.crowded ? Failure::Crowded : Failure::Connect,
                                             "cannot connect to " + self->place() +
                                                 ": no address for " + host + " (" + found.problem +
                                                 ")");
                       self->guarded([&] { self->resolved(found.addresses); });
                   });
}

std::string_view Connector::whyRefused(const IpAddress& address) const {
    switch (options_.addresses) {
        case AddressPolicy::Any:
            return {};
        case AddressPolicy::PublicOnly:
            return whyNotPublic(address);
    }
    return "is of an unknown policy";
}

void Connector::resolved(HostLookup::Addresses addresses) {
    addresses.resize(std::min(addresses.size(), kMaxAddresses));
    // Behind a proxy the address is the proxy's, which the operator chose.
    dialer_ = std::make_shared<Dialer>(loop_, inDialOrder(std::move(addresses), good_),
                                       proxy_ ? proxy_->port : origin_.port,
                                       [this](const IpAddress& address) {
                                           return proxy_ ? std::string_view() : whyRefused(address);
                                       });
    dial();
}

void Connector::dial() {
    stage_ = "waiting for the TCP connection";
    timer_ = loop_.after(timeLeft(), [this] {
        dialer_->giveUp("time ran out while " + stage_);
        fail(Failure::Connect, "cannot connect to " + place() + ": " + dialer_->failures());
    });
    dialer_->dial([this](std::optional<Dialer::Socket> socket, const IpAddress& address) {
        if (!socket)
            return fail(dialer_->mayConnect() ? Failure::Connect : Failure::Forbidden,
                        "cannot connect to " + place() + ": " + dialer_->failures());
        ++attempt_;
        address_ = address;
        socket_ = std::move(*socket);
        guarded([this] { connected(); });
    });
}

void Connector::tryFailed(const std::string& why) {
    dialer_->failed(address_, why);
    if (good_ == address_) good_.reset();
    Error ignored;
    socket_.close(ignored);
    if (channel_) std::exchange(channel_, nullptr)->close();
    dial();
}

void Connector::connected() {
    // A machine that answers and then is silent costs its share of the time, not all of it.
    const auto share = timeLeft() / static_cast<std::int64_t>(dialer_->left() + 1);
    timer_ = loop_.after(share, [this] { tryFailed("time ran out while " + stage_); });
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
        [self = shared_from_this(), attempt = attempt_](const Error& error, std::size_t) {
            if (self->ended_ || attempt != self->attempt_) return;
            if (error) return self->tryFailed(error.message());
            self->readProxy();
        });
}

void Connector::readProxy() {
    proxy_buffer_.resize(1024);
    socket_.async_read_some(asio::buffer(proxy_buffer_), [self = shared_from_this(),
                                                          attempt = attempt_](const Error& error,
                                                                              std::size_t size) {
        if (self->ended_ || attempt != self->attempt_) return;
        if (error) return self->tryFailed("the proxy gave no answer: " + error.message());
        switch (self->proxy_answer_.add({self->proxy_buffer_.data(), size})) {
            case ProxyAnswer::State::Incomplete:
                return self->readProxy();
            case ProxyAnswer::State::Accepted:
                return self->startTls();
            case ProxyAnswer::State::Refused:
                return self->fail(Failure::Connect, "cannot connect to " + self->place() + " (" +
                                                        self->address_.text() + "): the proxy " +
                                                        self->proxy_answer_.reason());
        }
    });
}

void Connector::startTls() {
    stage_ = "waiting for the TLS handshake";
    channel_ =
        std::make_shared<TlsChannel>(std::move(socket_), tls_.newConnection(), tls_.protocols());
    channel_->handshake(
        [self = shared_from_this()](const TlsChannel::Failed* failed) { self->tlsEnded(failed); });
}

void Connector::tlsEnded(const TlsChannel::Failed* failed) {
    if (!failed) {
        good_ = address_;
        return finish({std::exchange(channel_, nullptr), address_.text(), Failure::None, {}});
    }
    tls_.forgetSession();
    // The reason for which a certificate or protocol is refused is the same at every address; a
    // broken connection may not be.
    if (failed->tls)
        return fail(Failure::Tls, "no TLS connection to " + place() + " (" + address_.text() +
                                      "): " + failed->why);
    tryFailed(failed->why);
}

void Connector::fail(Failure failure, std::string detail) {
    finish({nullptr, attempt_ > 0 ? address_.text() : std::string(), failure, std::move(detail)});
}

void Connector::finish(Result result) {
    const auto self = shared_from_this();  // cancel() may drop the last other owner
    auto done = std::exchange(done_, nullptr);
    cancel();
    if (done) done(std::move(result));
}

}  // namespace postbell::engine
