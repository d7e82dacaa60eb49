// SPDX-License-Identifier: Apache-2.0
#include "engine/dialer.h"

#include <algorithm>
#include <utility>

namespace postbell::engine {
namespace asio = boost::asio;
namespace {

/// RFC 8305, 5: the Connection Attempt Delay.
constexpr util::Milliseconds kAttemptDelay{250};

asio::ip::tcp::endpoint endpointOf(const IpAddress& address, std::uint16_t port) {
    const auto& bytes = address.bytes();
    if (address.isV6()) return {asio::ip::address_v6(bytes, address.scope()), port};
    return {asio::ip::address_v4({bytes[0], bytes[1], bytes[2], bytes[3]}), port};
}

}  // namespace

HostLookup::Addresses inDialOrder(HostLookup::Addresses addresses,
                                  const std::optional<IpAddress>& good) {
    if (good) {
        const auto found = std::find(addresses.begin(), addresses.end(), *good);
        if (found != addresses.end()) std::rotate(addresses.begin(), found, found + 1);
    }
    for (auto at = addresses.begin(); at != addresses.end() && at + 1 != addresses.end(); ++at) {
        const auto other = std::find_if(at + 1, addresses.end(), [at](const IpAddress& address) {
            return address.isV6() != at->isV6();
        });
        if (other == addresses.end()) break;
        std::rotate(at + 1, other, other + 1);
    }
    return addresses;
}

Dialer::Dialer(Loop& loop, const HostLookup::Addresses& addresses, std::uint16_t port,
               Policy policy)
    : loop_(loop),
      port_(port),
      policy_(std::move(policy)),
      waiting_(addresses.begin(), addresses.end()) {}

void Dialer::dial(Done done) {
    done_ = std::move(done);
    startNext();
}

void Dialer::cancel() {
    done_ = nullptr;
    next_timer_ = Timer();
    closeRunning();
    waiting_.clear();
}

void Dialer::closeRunning() {
    boost::system::error_code ignored;
    for (const auto& attempt : running_) attempt->socket.close(ignored);
    running_.clear();
}

void Dialer::failed(const IpAddress& address, std::string_view why) {
    if (!failures_.empty()) failures_ += "; ";
    failures_.append(address.text()).append(": ").append(why);
}

void Dialer::giveUp(std::string_view why) {
    for (const auto& attempt : running_) failed(attempt->address, why);
    closeRunning();
}

void Dialer::startNext() {
    next_timer_ = Timer();
    while (!waiting_.empty()) {
        const IpAddress address = waiting_.front();
        waiting_.pop_front();
        // Here, and not when the name was looked up: the socket gets this very address.
        if (const auto why = policy_(address); !why.empty()) {
            failed(address, why);
            continue;
        }
        may_connect_ = true;
        auto attempt = std::make_shared<Attempt>(Attempt{address, Socket(loop_.context())});
        running_.push_back(attempt);
        attempt->socket.async_connect(
            endpointOf(address, port_),
            [self = shared_from_this(), attempt](const boost::system::error_code& error) {
                self->ended(attempt, error);
            });
        if (!waiting_.empty())
            next_timer_ = loop_.after(loop_.clock().ofReal(kAttemptDelay), [this] { startNext(); });
        return;
    }
    if (!running_.empty()) return;
    if (const auto done = std::exchange(done_, nullptr)) done(std::nullopt, IpAddress());
}

void Dialer::ended(const std::shared_ptr<Attempt>& attempt,
                   const boost::system::error_code& error) {
    const auto found = std::find(running_.begin(), running_.end(), attempt);
    if (found == running_.end()) return;
    running_.erase(found);
    if (!error) return succeeded(attempt);
    failed(attempt->address, error.message());
    startNext();
}

void Dialer::succeeded(const std::shared_ptr<Attempt>& attempt) {
    next_timer_ = Timer();
    // The others were too slow, which is no failure: their turn comes if this one is of no use.
    for (auto slow = running_.rbegin(); slow != running_.rend(); ++slow)
        waiting_.push_front((*slow)->address);
    closeRunning();
    if (const auto done = std::exchange(done_, nullptr))
        done(std::move(attempt->socket), attempt->address);
}

}  // namespace postbell::engine
