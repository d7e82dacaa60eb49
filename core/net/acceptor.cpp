// SPDX-License-Identifier: Apache-2.0
#include "net/acceptor.h"

#include <Poco/Exception.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/SocketImpl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <cerrno>
#include <cstring>
#include <limits>
#include <stdexcept>

namespace postbell::net {
namespace {

constexpr int kBacklog = 4096;
constexpr int kBatch = 64;
constexpr std::chrono::minutes kSeldom{1};

/// The connection went away while it waited to be accepted; the next may be fine.
bool concernsOneConnection(int error) {
    return error == ECONNABORTED || error == EPROTO || error == EINTR;
}

}  // namespace

Poco::Net::ServerSocket listenOn(const std::string& name, const std::string& address) {
    try {
        Poco::Net::ServerSocket socket;
        // Without SO_REUSEPORT: with it a second gateway would take half of the connections,
        // silently.
        socket.bind(Poco::Net::SocketAddress(address), true, false);
        socket.listen(kBacklog);
        socket.setBlocking(false);
        return socket;
    } catch (const Poco::Exception& error) {
        throw std::runtime_error("the " + name + " listener cannot listen on " + address + ": " +
                                 error.displayText());
    }
}

bool Acceptor::Seldom::allows(util::SteadyTime now) {
    if (now < next_) return false;
    next_ = now + kSeldom;
    return true;
}

bool Acceptor::admit(const PeerAddress& peer, util::SteadyTime now,
                     const std::function<bool()>& make_room) {
    const Limits& limits = state_.settings.limits;
    const std::string& name = state_.settings.name;
    // First: an address that has had its share makes no room at the cost of others. A share of all
    // is none: behind a proxy, all clients have one address.
    const std::size_t share = limits.connections_per_address < limits.connections
                                  ? limits.connections_per_address
                                  : std::numeric_limits<std::size_t>::max();
    if (!state_.addresses.add(peer.key, share)) {
        if (address_full_.allows(now))
            state_.log.warning(
                "an address has all the connections that it may have: its new ones are closed",
                {{"listener", name},
                 {"peer", peer.text},
                 {"limit", limits.connections_per_address}});
        return false;
    }
    if (state_.connections.load(std::memory_order_relaxed) >= limits.connections) {
        if (!make_room()) {
            state_.addresses.remove(peer.key);
            if (full_.allows(now))
                state_.log.warning("all connections are taken, and busy: new ones are closed",
                                   {{"listener", name}, {"limit", limits.connections}});
            return false;
        }
        if (making_room_.allows(now))
            state_.log.warning(
                "all connections are taken: those that were silent longest make room for new ones",
                {{"listener", name}, {"limit", limits.connections}});
    }
    state_.connections.fetch_add(1, std::memory_order_relaxed);
    return true;
}

bool Acceptor::accept(ReactorCounters& counters, util::SteadyTime now,
                      const std::function<bool()>& make_room) {
    for (int i = 0; i < kBatch; ++i) {
        sockaddr_storage address{};
        socklen_t length = sizeof address;
        void* const place = &address;
        util::FileDescriptor socket(::accept4(descriptor(), static_cast<sockaddr*>(place), &length,
                                              SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!socket) {
            const int error = errno;
            if (error == EAGAIN) return true;
            if (concernsOneConnection(error)) continue;
            if (no_descriptors_.allows(now))
                state_.log.error(
                    "no more connections can be accepted",
                    {{"listener", state_.settings.name}, {"reason", std::strerror(error)}});
            return false;
        }
        PeerAddress peer = PeerAddress::of(address);
        if (!admit(peer, now, make_room)) {
            ReactorCounters::bump(counters.refused_overload);
            continue;
        }
        Admission admission(state_, peer.key);
        ReactorCounters::bump(counters.accepted);
        const int on = 1;
        ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        reactors_[next_reactor_++ % reactors_.size()]->post(
            Accepted{std::move(socket), std::move(peer.text), std::move(admission)});
    }
    return true;
}

}  // namespace postbell::net
