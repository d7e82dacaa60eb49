// SPDX-License-Identifier: Apache-2.0
#include "listener.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <system_error>

namespace http2_simulator {

namespace {

constexpr int kBacklog = 4096;

[[noreturn]] void fail(const char* what, const Address& address) {
    throw std::system_error(
        errno, std::generic_category(),
        std::string(what) + " " + address.host + ":" + std::to_string(address.port));
}

}  // namespace

int bindSocket(const Address& address, int extra_type) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
    addrinfo* found = nullptr;
    if (::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found) !=
        0) {
        errno = EADDRNOTAVAIL;
        fail("not a numeric address:", address);
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
    const int fd = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | extra_type, 0);
    if (fd < 0) fail("cannot make a socket for", address);
    const int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(fd, found->ai_addr, found->ai_addrlen) != 0) {
        ::close(fd);
        fail("cannot bind", address);
    }
    return fd;
}

std::uint16_t boundPort(int fd) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size);
    return ntohs(storage.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(storage).sin6_port
                                               : reinterpret_cast<sockaddr_in&>(storage).sin_port);
}

Listener::Listener(EventLoop& loop, const Address& address, std::function<void(int)> accepted)
    : loop_(loop), address_(address), accepted_(std::move(accepted)) {
    reserve_fd_ = bindSocket(address_, SOCK_NONBLOCK);
    port_ = boundPort(reserve_fd_);
    address_.port = port_;
    reopen();
}

Listener::~Listener() {
    refuse();
    ::close(reserve_fd_);
}

void Listener::refuse() {
    if (fd_ < 0) return;
    loop_.unwatch(fd_);
    ::close(fd_);
    fd_ = -1;
}

void Listener::reopen() {
    if (fd_ >= 0) return;
    fd_ = bindSocket(address_, SOCK_NONBLOCK);
    if (::listen(fd_, kBacklog) != 0) fail("cannot listen on", address_);
    loop_.watch(fd_, *this, EPOLLIN);
}

void Listener::onEvents(std::uint32_t) {
    while (fd_ >= 0) {
        const int client = ::accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (client < 0) return;
        const int on = 1;
        ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        accepted_(client);
    }
}

}  // namespace http2_simulator
