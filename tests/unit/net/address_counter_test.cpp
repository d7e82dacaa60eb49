// SPDX-License-Identifier: Apache-2.0
#include "net/address_counter.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <catch2/catch.hpp>
#include <cstring>

using namespace postbell::net;

namespace {

PeerAddress peer(const char* text) {
    sockaddr_storage storage{};
    sockaddr_in ipv4{};
    sockaddr_in6 ipv6{};
    if (inet_pton(AF_INET, text, &ipv4.sin_addr) == 1) {
        ipv4.sin_family = AF_INET;
        std::memcpy(&storage, &ipv4, sizeof ipv4);
    } else {
        REQUIRE(inet_pton(AF_INET6, text, &ipv6.sin6_addr) == 1);
        ipv6.sin6_family = AF_INET6;
        std::memcpy(&storage, &ipv6, sizeof ipv6);
    }
    return PeerAddress::of(storage);
}

}  // namespace

TEST_CASE("a peer is shown without a port, and IPv4 mapped into IPv6 as IPv4") {
    CHECK(peer("192.0.2.7").text == "192.0.2.7");
    CHECK(peer("::ffff:192.0.2.7").text == "192.0.2.7");
    CHECK(peer("2001:db8::1").text == "2001:db8::1");
    CHECK(peer("::ffff:192.0.2.7").key == peer("192.0.2.7").key);
}

TEST_CASE("IPv6 counts by its /64, IPv4 by the address") {
    CHECK(peer("2001:db8:0:1::1").key == peer("2001:db8:0:1:ffff::2").key);
    CHECK_FALSE(peer("2001:db8:0:1::1").key == peer("2001:db8:0:2::1").key);
    CHECK_FALSE(peer("192.0.2.7").key == peer("192.0.2.8").key);
}

TEST_CASE("an address gets its limit and no more, until one goes") {
    AddressCounter counter;
    const AddressKey one = peer("192.0.2.7").key, other = peer("192.0.2.8").key;
    CHECK(counter.add(one, 2));
    CHECK(counter.add(one, 2));
    CHECK_FALSE(counter.add(one, 2));
    CHECK(counter.add(other, 2));
    counter.remove(one);
    CHECK(counter.add(one, 2));
    CHECK_FALSE(counter.add(peer("192.0.2.9").key, 0));
}
