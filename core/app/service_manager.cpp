// SPDX-License-Identifier: Apache-2.0
#include "app/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace postbell::app {
namespace {

std::string_view variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string_view() : value;
}

template <class Number>
std::optional<Number> number(std::string_view text) {
    Number value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// The interval, unless another process is meant (WATCHDOG_PID).
std::optional<util::Milliseconds> watchdogInterval() {
    const std::string_view process = variable("WATCHDOG_PID");
    if (!process.empty() && number<pid_t>(process) != ::getpid()) return std::nullopt;
    const auto interval = number<std::int64_t>(variable("WATCHDOG_USEC"));
    if (!interval || *interval <= 0) return std::nullopt;
    return std::chrono::ceil<util::Milliseconds>(util::Microseconds(*interval));
}

}  // namespace

ServiceManager::ServiceManager() : address_(variable("NOTIFY_SOCKET")) {
    if (address_.empty() || address_.size() >= sizeof(sockaddr_un::sun_path)) return;
    socket_ = util::FileDescriptor(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    watchdog_ = watchdogInterval();
}

void ServiceManager::send(std::string_view state) const {
    if (!socket_) return;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, address_.data(), address_.size());
    if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
    ::sendto(socket_.get(), state.data(), state.size(), MSG_NOSIGNAL,
             reinterpret_cast<const sockaddr*>(&address), size);
}

}  // namespace postbell::app
