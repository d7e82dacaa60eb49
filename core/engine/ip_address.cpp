// SPDX-License-Identifier: Apache-2.0
#include "engine/ip_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

namespace postbell::engine {

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != text.npos) return std::nullopt;
    const std::string terminated(text);
    IpAddress address;
    address.v6_ = text.find(':') != text.npos;
    if (::inet_pton(address.v6_ ? AF_INET6 : AF_INET, terminated.c_str(), address.bytes_.data()) !=
        1)
        return std::nullopt;
    return address;
}

std::optional<IpAddress> IpAddress::from(const sockaddr& address) {
    const void* const raw = &address;
    IpAddress out;
    if (address.sa_family == AF_INET) {
        const auto& v4 = *static_cast<const sockaddr_in*>(raw);
        std::memcpy(out.bytes_.data(), &v4.sin_addr, sizeof v4.sin_addr);
        return out;
    }
    if (address.sa_family != AF_INET6) return std::nullopt;
    const auto& v6 = *static_cast<const sockaddr_in6*>(raw);
    out.v6_ = true;
    std::memcpy(out.bytes_.data(), &v6.sin6_addr, sizeof v6.sin6_addr);
    out.scope_ = v6.sin6_scope_id;
    return out;
}

IpAddress IpAddress::lastFour() const {
    IpAddress v4;
    std::copy(bytes_.end() - 4, bytes_.end(), v4.bytes_.begin());
    return v4;
}

std::string IpAddress::text() const {
    char text[INET6_ADDRSTRLEN] = "";
    ::inet_ntop(v6_ ? AF_INET6 : AF_INET, bytes_.data(), text, sizeof text);
    return text;
}

}  // namespace postbell::engine
