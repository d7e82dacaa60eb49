// SPDX-License-Identifier: Apache-2.0
// https://www.iana.org/assignments/iana-ipv4-special-registry
// https://www.iana.org/assignments/iana-ipv6-special-registry
// https://www.iana.org/assignments/ipv6-address-space
#include "engine/public_address.h"

#include <array>
#include <cstddef>

namespace postbell::engine {
namespace {

/// The first `bits` of an address.
struct Block {
    std::array<std::uint8_t, 12> prefix;
    unsigned bits;
    std::string_view why;

    bool contains(const IpAddress& address) const {
        const auto& bytes = address.bytes();
        for (std::size_t i = 0; i < bits / 8; ++i)
            if (bytes[i] != prefix[i]) return false;
        const unsigned rest = bits % 8;
        return rest == 0 || ((bytes[bits / 8] ^ prefix[bits / 8]) >> (8 - rest)) == 0;
    }
};

constexpr Block kV4[] = {
    {{0}, 8, "means this network, RFC 791"},
    {{10}, 8, "is private, RFC 1918"},
    {{100, 64}, 10, "is shared behind a carrier's NAT, RFC 6598"},
    {{127}, 8, "is loopback, RFC 1122"},
    {{169, 254}, 16, "is link-local, RFC 3927"},
    {{172, 16}, 12, "is private, RFC 1918"},
    {{192, 0, 0}, 24, "is for IETF protocols, RFC 6890"},
    {{192, 0, 2}, 24, "is for documentation, RFC 5737"},
    {{192, 88, 99}, 24, "was for 6to4 relays, RFC 7526"},
    {{192, 168}, 16, "is private, RFC 1918"},
    {{198, 18}, 15, "is for benchmarks, RFC 2544"},
    {{198, 51, 100}, 24, "is for documentation, RFC 5737"},
    {{203, 0, 113}, 24, "is for documentation, RFC 5737"},
    {{224}, 4, "is multicast, RFC 5771"},
    {{240}, 4, "is reserved, RFC 1112"},
};

// The exceptions within 2000::/3, which is all that is in use as global unicast.
constexpr Block kV6[] = {
    {{0x20, 0x01}, 23, "is for IETF protocols such as Teredo, RFC 2928"},
    {{0x20, 0x01, 0x0d, 0xb8}, 32, "is for documentation, RFC 3849"},
    {{0x20, 0x02}, 16, "is 6to4, which embeds an IPv4 address, RFC 3056"},
    {{0x3f, 0xff}, 20, "is for documentation, RFC 9637"},
};
constexpr Block kGlobalUnicast{{0x20}, 3, {}};

// Named for the message only: they are outside of 2000::/3.
constexpr Block kOtherV6[] = {
    {{}, 96, "is unspecified, loopback or IPv4-compatible, RFC 4291"},
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, "is an IPv4 address in IPv6, RFC 4291"},
    {{0, 0x64, 0xff, 0x9b, 0, 1}, 48, "is a local translation to IPv4, RFC 8215"},
    {{0xfc}, 7, "is private, RFC 4193"},
    {{0xfe, 0x80}, 10, "is link-local, RFC 4291"},
    {{0xfe, 0xc0}, 10, "is site-local, RFC 3879"},
    {{0xff}, 8, "is multicast, RFC 4291"},
};

// RFC 6052, 2.1: where DNS64 gives every IPv4-only host an address. The host's own counts.
constexpr Block kNat64{{0, 0x64, 0xff, 0x9b}, 96, {}};

template <std::size_t kCount>
std::string_view find(const Block (&blocks)[kCount], const IpAddress& address) {
    for (const Block& block : blocks)
        if (block.contains(address)) return block.why;
    return {};
}

}  // namespace

std::string_view whyNotPublic(const IpAddress& address) {
    if (!address.isV6()) return find(kV4, address);
    if (kGlobalUnicast.contains(address)) return find(kV6, address);
    if (kNat64.contains(address)) return find(kV4, address.lastFour());
    const std::string_view why = find(kOtherV6, address);
    return why.empty() ? "is not global unicast, RFC 4291" : why;
}

}  // namespace postbell::engine
