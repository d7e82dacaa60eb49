// SPDX-License-Identifier: Apache-2.0
#include "control_server.h"

#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

#include "listener.h"

namespace http2_simulator {

namespace {

constexpr std::size_t kMaxHead = 16 * 1024;
constexpr std::size_t kMaxBody = 256 * 1024 * 1024;  // a million devices in one call

std::string decodePercent(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned value = 0;
        if (text[i] == '%' && i + 2 < text.size() &&
            std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16).ec ==
                std::errc{}) {
            plain.push_back(static_cast<char>(value));
            i += 2;
        } else {
            plain.push_back(text[i]);
        }
    }
    return plain;
}

std::optional<ControlRequest> parseHead(std::string_view head, std::size_t& body_size) {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    const auto first = line.find(' ');
    const auto second = line.find(' ', first + 1);
    if (first == line.npos || second == line.npos) return std::nullopt;
    ControlRequest request;
    request.method = line.substr(0, first);
    std::string_view target = line.substr(first + 1, second - first - 1);
    const auto question = target.find('?');
    request.path = target.substr(0, question);
    target.remove_prefix(question == target.npos ? target.size() : question + 1);
    while (!target.empty()) {
        const std::string_view pair = target.substr(0, target.find('&'));
        const auto equals = pair.find('=');
        request.query[decodePercent(pair.substr(0, equals))] =
            equals == pair.npos ? "" : decodePercent(pair.substr(equals + 1));
        target.remove_prefix(std::min(target.size(), pair.size() + 1));
    }
    body_size = 0;
    constexpr std::string_view kLength = "content-length:";
    constexpr std::string_view kEncoding = "transfer-encoding:";
    for (std::size_t at = line.size() + 2; at < head.size();) {
        const auto end = head.find("\r\n", at);
        std::string_view field = head.substr(at, end - at);
        at = end + 2;
        if (::strncasecmp(field.data(), kEncoding.data(),
                          std::min(field.size(), kEncoding.size())) == 0 &&
            field.size() > kEncoding.size())
            return std::nullopt;
        if (field.size() <= kLength.size() ||
            ::strncasecmp(field.data(), kLength.data(), kLength.size()) != 0)
            continue;
        field.remove_prefix(kLength.size());
        while (field.starts_with(' ')) field.remove_prefix(1);
        const auto [rest, error] =
            std::from_chars(field.data(), field.data() + field.size(), body_size);
        if (error != std::errc{} || body_size > kMaxBody) return std::nullopt;
    }
    return request;
}

bool sendAll(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool sendAnswer(int fd, const ControlAnswer& answer) {
    return sendAll(fd, "HTTP/1.1 " + std::to_string(answer.status) +
                           (answer.status == 200 ? " OK" : " Refused") +
                           "\r\nContent-Type: application/json\r\nContent-Length: " +
                           std::to_string(answer.body.size()) + "\r\n\r\n" + answer.body);
}

bool receiveMore(int fd, std::string& buffer) {
    std::array<char, 64 * 1024> bytes;
    const auto got = ::recv(fd, bytes.data(), bytes.size(), 0);
    if (got <= 0) return false;
    buffer.append(bytes.data(), static_cast<std::size_t>(got));
    return true;
}

}  // namespace

ControlServer::ControlServer(const Address& address, Handler handler)
    : handler_(std::move(handler)), fd_(bindSocket(address, 0)), port_(boundPort(fd_)) {
    if (::listen(fd_, 64) != 0)
        throw std::system_error(errno, std::generic_category(), "cannot listen for control");
    thread_ = std::thread([this] { acceptLoop(); });
}

ControlServer::~ControlServer() {
    ::shutdown(fd_, SHUT_RDWR);
    thread_.join();
    ::close(fd_);
    {
        std::lock_guard lock(clients_mutex_);
        for (auto& client : clients_)
            if (!client.done) ::shutdown(client.fd, SHUT_RDWR);
    }
    for (auto& client : clients_) client.thread.join();
}

void ControlServer::joinFinished() {
    for (auto client = clients_.begin(); client != clients_.end();) {
        if (!client->done) {
            ++client;
            continue;
        }
        client->thread.join();
        client = clients_.erase(client);
    }
}

void ControlServer::acceptLoop() {
    for (;;) {
        const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) {
            if (errno == EINTR || errno == ECONNABORTED) continue;
            return;
        }
        std::lock_guard lock(clients_mutex_);
        joinFinished();
        Client& client = clients_.emplace_back();
        client.fd = fd;
        client.thread = std::thread([this, &client] {
            serve(client.fd);
            std::lock_guard done_lock(clients_mutex_);
            ::close(client.fd);
            client.done = true;
        });
    }
}

void ControlServer::serve(int fd) const {
    std::string buffer;
    for (;;) {
        std::size_t head_size = 0;
        while ((head_size = buffer.find("\r\n\r\n")) == buffer.npos)
            if (buffer.size() > kMaxHead || !receiveMore(fd, buffer)) return;
        std::size_t body_size = 0;
        auto request = parseHead(std::string_view(buffer).substr(0, head_size + 2), body_size);
        if (!request) {
            sendAnswer(fd, {400, R"({"error":"not a request that is understood here"})"});
            return;
        }
        buffer.erase(0, head_size + 4);
        while (buffer.size() < body_size)
            if (!receiveMore(fd, buffer)) return;
        request->body = buffer.substr(0, body_size);
        buffer.erase(0, body_size);
        if (!sendAnswer(fd, handler_(*request))) return;
    }
}

}  // namespace http2_simulator
