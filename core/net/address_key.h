// SPDX-License-Identifier: Apache-2.0
// The unit that limits on addresses are kept for.
#pragma once
#include <sys/socket.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace postbell::net {

/// An IPv4 address, also one mapped into IPv6, or an IPv6 /64: a host has all addresses of its
/// network. A customer may have a whole site of networks, a /56 (RFC 6177), so that a limit holds
/// for each network, and with kSiteShares for the site.
class AddressKey {
  public:
    static constexpr std::uint32_t kSiteShares = 4;

    /// Of all that is no address.
    AddressKey() = default;
    static AddressKey of(const sockaddr_storage& address);
    /// Of an address as text, without a port.
    static AddressKey of(const std::string& address);

    /// The site of an IPv6 network; nothing: IPv4 has none.
    std::optional<AddressKey> site() const;

    bool operator==(const AddressKey&) const = default;
    std::size_t hash() const;

  private:
    enum class Scope : std::uint8_t { None, Host, Network, Site };
    AddressKey(Scope scope, std::uint64_t bits) : scope_(scope), bits_(bits) {}

    Scope scope_ = Scope::None;
    std::uint64_t bits_ = 0;  // in the order of the host
};

struct PeerAddress {
    /// Without a port; IPv4 mapped into IPv6 is shown as IPv4. "unix": on this machine.
    std::string text;
    AddressKey key;

    static PeerAddress of(const sockaddr_storage& address);
};

}  // namespace postbell::net

template <>
struct std::hash<postbell::net::AddressKey> {
    std::size_t operator()(const postbell::net::AddressKey& key) const { return key.hash(); }
};
