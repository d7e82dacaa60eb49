// SPDX-License-Identifier: Apache-2.0
#include "net/acceptor.h"

#include <Poco/Exception.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/SocketImpl.h>
#include <fcntl.h>
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
/// So many connections beyond the limit may be on their way to the reactor that makes room for
/// them.
constexpr std::size_t kMaxAhead = 64;

/// The connection went away while it waited to be accepted; the next may be fine.
bool concernsOneConnection(int error) {
    return error == ECONNABORTED || error == EPROTO || error == EINTR;
}

/// An advice for the admin; empty: none is known.
std::string hintOn(int error, const std::string& address) {
    switch (error) {
        case EADDRINUSE:
            return ": another process listens there (`ss -ltnp` names it)";
        case EADDRNOTAVAIL:
            return ": it is none of this machine's addresses";
        case EACCES:
            return ": a port below 1024 needs CAP_NET_BIND_SERVICE";
        case EAFNOSUPPORT:
            return address.starts_with('[') ? ": this machine has no IPv6; 0.0.0.0 is all addresses"
                                            : "";
        default:
            return {};
    }
}

std::string cannotListen(const std::string& name, const std::string& address,
                         const std::string& reason) {
    return "the " + name + " listener cannot listen on " + address + ": " + reason;
}

std::string reasonOf(const Poco::Exception& error, const std::string& address) {
    const std::string hint = hintOn(error.code(), address);
    return hint.empty() ? error.displayText() : std::strerror(error.code()) + hint;
}

/// Throws Poco::Exception. Without SO_REUSEPORT: with it a second gateway would take half of the
/// connections, silently.
Poco::Net::ServerSocket boundTo(const std::string& address) {
    Poco::Net::ServerSocket socket;
    socket.bind(Poco::Net::SocketAddress(address), true, false);
    return socket;
}

}  // namespace

util::FileDescriptor listenOn(const std::string& name, const std::string& address) {
    try {
        Poco::Net::ServerSocket socket = boundTo(address);
        socket.listen(kBacklog);
        socket.setBlocking(false);
        util::FileDescriptor own(::fcntl(socket.impl()->sockfd(), F_DUPFD_CLOEXEC, 0));
        if (!own) throw std::runtime_error(cannotListen(name, address, std::strerror(errno)));
        return own;
    } catch (const Poco::Exception& error) {
        throw std::runtime_error(cannotListen(name, address, reasonOf(error, address)));
    }
}

std::optional<ListenProblem> listenProblem(const std::string& name, const std::string& address) {
    try {
        // Of two sockets with SO_REUSEADDR, one that does not listen is in no way of the other.
        boundTo(address);
        return std::nullopt;
    } catch (const Poco::Exception& error) {
        return ListenProblem{cannotListen(name, address, reasonOf(error, address)),
                             error.code() == EACCES};
    }
}

Acceptor::Entry Acceptor::entryOf(const PeerAddress& peer, util::SteadyTime now) {
    const Limits& limits = state_.settings.limits;
    // First: an address that has had its share makes no room at the cost of others. A share of all
    // is none: behind a proxy, all clients have one address.
    const std::size_t share = limits.connections_per_address < limits.connections
                                  ? limits.connections_per_address
                                  : std::numeric_limits<std::size_t>::max();
    if (!state_.addresses.add(peer.key, share)) {
        if (address_full_.admit(now))
            state_.log.warning(
                "an address has all the connections that it may have: its new ones are closed",
                {{"listener", state_.settings.name},
                 {"peer", peer.text},
                 {"limit", limits.connections_per_address}});
        return Entry::Refused;
    }
    const std::size_t taken = state_.connections.load(std::memory_order_relaxed);
    if (taken < limits.connections) return Entry::Welcome;
    if (taken < limits.connections + kMaxAhead) return Entry::NeedsRoom;
    state_.addresses.remove(peer.key);
    return Entry::Refused;
}

bool Acceptor::recover(int error, util::SteadyTime now, const std::function<bool()>& make_room) {
    if (concernsOneConnection(error)) return true;
    if (no_descriptors_.admit(now))
        state_.log.error("no more connections can be accepted",
                         {{"listener", state_.settings.name}, {"reason", std::strerror(error)}});
    if (error != EMFILE && error != ENFILE) return false;
    if (make_room()) return true;
    for (const auto& reactor : reactors_) reactor->postRoomWanted();
    return false;
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
            if (!recover(error, now, make_room)) return false;
            continue;
        }
        PeerAddress peer = PeerAddress::of(address);
        const Entry entry = entryOf(peer, now);
        if (entry == Entry::Refused) {
            ReactorCounters::bump(counters.refused_overload);
            continue;
        }
        state_.connections.fetch_add(1, std::memory_order_relaxed);
        ConnectionPlace taken(state_, peer.key);
        const int on = 1;
        ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        reactors_[next_reactor_++ % reactors_.size()]->post(Accepted{
            std::move(socket), std::move(peer.text), std::move(taken), entry == Entry::NeedsRoom});
    }
    return true;
}

}  // namespace postbell::net
