// SPDX-License-Identifier: Apache-2.0
#include "support/connect_proxy.h"

#include <poll.h>

#include <array>
#include <cstdlib>

#include "support/loopback.h"

namespace postbell::test {
namespace {

std::string readHead(int client) {
    std::string head;
    char byte = 0;
    while (!head.ends_with("\r\n\r\n") && ::recv(client, &byte, 1, 0) == 1) head += byte;
    return head;
}

// Until one side ends.
void pump(int one, int other) {
    std::array<char, 16 * 1024> buffer;
    for (;;) {
        pollfd descriptors[] = {{one, POLLIN, 0}, {other, POLLIN, 0}};
        ::poll(descriptors, 2, -1);
        for (int i = 0; i < 2; ++i) {
            if (descriptors[i].revents == 0) continue;
            const auto size = ::recv(descriptors[i].fd, buffer.data(), buffer.size(), 0);
            if (size <= 0 ||
                !sendAll(descriptors[1 - i].fd, {buffer.data(), static_cast<std::size_t>(size)}))
                return;
        }
    }
}

}  // namespace

ConnectProxy::ConnectProxy(std::string answer) : answer_(std::move(answer)) {
    std::tie(listener_, port_) = listenOnLoopback();
    thread_ = std::thread([this] { accept(); });
}

ConnectProxy::~ConnectProxy() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
        for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
    }
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    for (auto& thread : threads_) thread.join();
    for (const int socket : sockets_) ::close(socket);
    ::close(listener_);
}

void ConnectProxy::accept() {
    for (;;) {
        const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0) return;
        std::lock_guard lock(mutex_);
        sockets_.push_back(client);
        if (stopping_) return;
        threads_.emplace_back([this, client] {
            serve(client);
            ::shutdown(client, SHUT_RDWR);
        });
    }
}

void ConnectProxy::serve(int client) {
    const std::string head = readHead(client);
    const std::string line = head.substr(0, head.find("\r\n"));
    {
        std::lock_guard lock(mutex_);
        request_lines_.push_back(line);
    }
    if (!answer_.empty()) {
        sendAll(client, answer_);
        readHead(client);  // until the client has read it and leaves
        return;
    }
    const auto colon = line.rfind(':');
    const auto port = static_cast<std::uint16_t>(std::atoi(line.c_str() + colon + 1));
    const int upstream = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    {
        std::lock_guard lock(mutex_);
        sockets_.push_back(upstream);
    }
    const sockaddr_in address = loopbackAddress(port);
    if (::connect(upstream, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        sendAll(client, "HTTP/1.1 502 Bad Gateway\r\n\r\n");
        return;
    }
    sendAll(client, "HTTP/1.1 200 Connection established\r\nVia: 1.1 test\r\n\r\n");
    pump(client, upstream);
    ::shutdown(upstream, SHUT_RDWR);
}

std::vector<std::string> ConnectProxy::requestLines() const {
    std::lock_guard lock(mutex_);
    return request_lines_;
}

}  // namespace postbell::test
