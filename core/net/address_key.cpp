// SPDX-License-Identifier: Apache-2.0
#include "net/address_key.h"

#include <arpa/inet.h>
#include <endian.h>
#include <netinet/in.h>

#include <cstring>

namespace postbell::net {
namespace {

constexpr std::uint64_t kSiteMask = ~std::uint64_t{0xff};

std::optional<in_addr> ipv4Of(const sockaddr_storage& address) {
    in_addr ipv4{};
    if (address.ss_family == AF_INET) {
        sockaddr_in whole;
        std::memcpy(&whole, &address, sizeof whole);
        return whole.sin_addr;
    }
    if (address.ss_family != AF_INET6) return std::nullopt;
    sockaddr_in6 whole;
    std::memcpy(&whole, &address, sizeof whole);
    if (!IN6_IS_ADDR_V4MAPPED(&whole.sin6_addr)) return std::nullopt;
    std::memcpy(&ipv4, &whole.sin6_addr.s6_addr[12], sizeof ipv4);
    return ipv4;
}

std::optional<in6_addr> ipv6Of(const sockaddr_storage& address) {
    if (address.ss_family != AF_INET6) return std::nullopt;
    sockaddr_in6 whole;
    std::memcpy(&whole, &address, sizeof whole);
    return whole.sin6_addr;
}

template <class Address>
std::string textOf(int family, const Address& address) {
    char text[INET6_ADDRSTRLEN] = {};
    inet_ntop(family, &address, text, sizeof text);
    return text;
}

}  // namespace

AddressKey AddressKey::of(const sockaddr_storage& address) {
    if (const auto ipv4 = ipv4Of(address)) return {Scope::Host, ntohl(ipv4->s_addr)};
    const auto ipv6 = ipv6Of(address);
    if (!ipv6) return {};
    std::uint64_t network = 0;
    std::memcpy(&network, ipv6->s6_addr, sizeof network);
    return {Scope::Network, be64toh(network)};
}

AddressKey AddressKey::of(const std::string& address) {
    sockaddr_storage storage{};
    sockaddr_in ipv4{};
    sockaddr_in6 ipv6{};
    if (inet_pton(AF_INET, address.c_str(), &ipv4.sin_addr) == 1) {
        ipv4.sin_family = AF_INET;
        std::memcpy(&storage, &ipv4, sizeof ipv4);
    } else if (inet_pton(AF_INET6, address.c_str(), &ipv6.sin6_addr) == 1) {
        ipv6.sin6_family = AF_INET6;
        std::memcpy(&storage, &ipv6, sizeof ipv6);
    }
    return of(storage);
}

std::optional<AddressKey> AddressKey::site() const {
    if (scope_ != Scope::Network) return std::nullopt;
    return AddressKey(Scope::Site, bits_ & kSiteMask);
}

std::size_t AddressKey::hash() const {
    // The low bits of a network are the same for all of a provider's customers.
    return std::hash<std::uint64_t>()((bits_ ^ (bits_ >> 29u)) * 0x9e3779b97f4a7c15u +
                                      static_cast<std::uint64_t>(scope_));
}

PeerAddress PeerAddress::of(const sockaddr_storage& address) {
    const AddressKey key = AddressKey::of(address);
    if (const auto ipv4 = ipv4Of(address)) return {textOf(AF_INET, *ipv4), key};
    if (const auto ipv6 = ipv6Of(address)) return {textOf(AF_INET6, *ipv6), key};
    return {address.ss_family == AF_UNIX ? "unix" : "", key};
}

}  // namespace postbell::net
