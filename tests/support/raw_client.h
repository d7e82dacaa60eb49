// SPDX-License-Identifier: Apache-2.0
// A client that sends exactly the bytes it is told to, for tests of servers.
#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postbell::test {

struct RawResponse {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
    std::string body;

    std::string header(std::string_view name) const {
        for (const auto& [key, value] : headers)
            if (key == name) return value;
        return {};
    }
};

/// A TCP connection on loopback. Waits at most `patience` for anything.
class RawClient {
  public:
    static constexpr std::chrono::milliseconds kPatience{5000};

    explicit RawClient(std::uint16_t port, const std::string& address = "127.0.0.1",
                       int receive_buffer = 0)
        : fd_(::socket(address.find(':') == std::string::npos ? AF_INET : AF_INET6,
                       SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        if (fd_ < 0) throw std::runtime_error("no socket");
        if (receive_buffer > 0)
            ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
        const int on = 1;
        ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        sockaddr_in ipv4{};
        ipv4.sin_family = AF_INET;
        ipv4.sin_port = htons(port);
        sockaddr_in6 ipv6{};
        ipv6.sin6_family = AF_INET6;
        ipv6.sin6_port = htons(port);
        const bool is_ipv4 = inet_pton(AF_INET, address.c_str(), &ipv4.sin_addr) == 1;
        if (!is_ipv4 && inet_pton(AF_INET6, address.c_str(), &ipv6.sin6_addr) != 1)
            throw std::runtime_error("not an address: " + address);
        const void* target = is_ipv4 ? static_cast<const void*>(&ipv4) : &ipv6;
        const socklen_t length = is_ipv4 ? sizeof ipv4 : sizeof ipv6;
        if (::connect(fd_, static_cast<const sockaddr*>(target), length) != 0) {
            ::close(fd_);
            throw std::runtime_error("cannot connect to " + address);
        }
    }
    RawClient(RawClient&& other) noexcept
        : fd_(std::exchange(other.fd_, -1)), received_(std::move(other.received_)) {}
    RawClient& operator=(RawClient&&) = delete;
    ~RawClient() { close(); }

    int descriptor() const { return fd_; }

    /// False if the peer took no more.
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    void sendByteByByte(std::string_view bytes) {
        for (const char& c : bytes) send({&c, 1});
    }
    /// Half-close: "I send no more".
    void endSending() { ::shutdown(fd_, SHUT_WR); }
    /// The other side sees a reset.
    void abort() {
        const linger now{1, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        close();
    }
    void close() {
        if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    }

    /// Reads up to and including `end`; nothing if the connection ended or patience did before.
    std::optional<std::string> readUntil(std::string_view end,
                                         std::chrono::milliseconds patience = kPatience) {
        std::size_t found;
        while ((found = received_.find(end)) == std::string::npos)
            if (receive(patience) <= 0) return std::nullopt;
        std::string text = received_.substr(0, found + end.size());
        received_.erase(0, text.size());
        return text;
    }

    /// One answer with its body, if any; `to_head` for the answer to HEAD. Interim answers (1xx)
    /// come like others.
    std::optional<RawResponse> readResponse(bool to_head = false,
                                            std::chrono::milliseconds patience = kPatience) {
        const auto head = readUntil("\r\n\r\n", patience);
        if (!head || head->size() < 12) return std::nullopt;
        RawResponse response;
        response.status = std::atoi(head->c_str() + 9);
        std::size_t line = head->find("\r\n") + 2;
        while (line + 2 < head->size()) {
            const std::size_t line_end = head->find("\r\n", line), colon = head->find(": ", line);
            std::string name = head->substr(line, colon - line);
            for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
            response.headers.emplace_back(name, head->substr(colon + 2, line_end - colon - 2));
            line = line_end + 2;
        }
        const std::size_t length =
            std::strtoul(response.header("content-length").c_str(), nullptr, 10);
        if (to_head || length == 0) return response;
        while (received_.size() < length)
            if (receive(patience) <= 0) return std::nullopt;
        response.body = received_.substr(0, length);
        received_.erase(0, length);
        return response;
    }

    enum class End { Closed, Reset, StillOpen };
    /// Waits for the connection's end, throwing away the bytes before it.
    End waitForEnd(std::chrono::milliseconds patience = kPatience) {
        for (;;) {
            received_.clear();
            const int got = receive(patience);
            if (got == 0) return End::Closed;
            if (got < 0) return errno == ETIMEDOUT ? End::StillOpen : End::Reset;
        }
    }

  private:
    int receive(std::chrono::milliseconds patience) {
        pollfd waiting{fd_, POLLIN, 0};
        if (::poll(&waiting, 1, static_cast<int>(patience.count())) <= 0) {
            errno = ETIMEDOUT;
            return -1;
        }
        char buffer[16 * 1024];
        const ssize_t got = ::recv(fd_, buffer, sizeof buffer, 0);
        if (got > 0) received_.append(buffer, static_cast<std::size_t>(got));
        return static_cast<int>(got);
    }

    int fd_;
    std::string received_;
};

}  // namespace postbell::test
