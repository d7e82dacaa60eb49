// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postbell::engine {

/// An IPv4 or IPv6 address. Immutable.
class IpAddress {
  public:
    /// "192.0.2.1" (four decimal numbers, nothing else) or "2001:db8::1", without brackets and
    /// without a zone; nothing for anything else, such as "127.1" or "0x7f000001".
    static std::optional<IpAddress> parse(std::string_view text);
    static std::optional<IpAddress> from(const sockaddr& address);

    bool isV6() const { return v6_; }
    /// In network order; of an IPv4 address, the first four.
    const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
    /// Of a link-local address: the interface; 0: none.
    std::uint32_t scope() const { return scope_; }
    /// The IPv4 address in the last four bytes of an IPv6 one.
    IpAddress lastFour() const;
    /// RFC 5952.
    std::string text() const;

    bool operator==(const IpAddress&) const = default;

  private:
    bool v6_ = false;
    std::array<std::uint8_t, 16> bytes_{};
    std::uint32_t scope_ = 0;
};

}  // namespace postbell::engine
