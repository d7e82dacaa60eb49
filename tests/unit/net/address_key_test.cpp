// SPDX-License-Identifier: Apache-2.0
#include "net/address_key.h"

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

AddressKey key(const char* text) {
    return AddressKey::of(std::string(text));
}

}  // namespace

TEST_CASE("a peer is shown without a port, and IPv4 mapped into IPv6 as IPv4") {
    CHECK(peer("192.0.2.7").text == "192.0.2.7");
    CHECK(peer("::ffff:192.0.2.7").text == "192.0.2.7");
    CHECK(peer("2001:db8::1").text == "2001:db8::1");
    CHECK(peer("::ffff:192.0.2.7").key == peer("192.0.2.7").key);
    sockaddr_storage local{};
    local.ss_family = AF_UNIX;
    CHECK(PeerAddress::of(local).text == "unix");
}

TEST_CASE("an address has one key, from its bytes and from its text") {
    for (const char* address : {"192.0.2.7", "::ffff:192.0.2.7", "2001:db8:0:1::1"})
        CHECK(peer(address).key == key(address));
    CHECK(key("no address") == AddressKey());
    CHECK_FALSE(key("0.0.0.0") == AddressKey());
}

TEST_CASE("IPv6 counts by its /64, IPv4 by the address") {
    CHECK(key("2001:db8:0:1::1") == key("2001:db8:0:1:ffff::2"));
    CHECK_FALSE(key("2001:db8:0:1::1") == key("2001:db8:0:2::1"));
    CHECK_FALSE(key("192.0.2.7") == key("192.0.2.8"));
}

TEST_CASE("the networks of an IPv6 /56 are one site, and IPv4 has none") {
    CHECK(key("2001:db8:0:1::1").site() == key("2001:db8:0:ff::1").site());
    CHECK_FALSE(key("2001:db8:0:1::1").site() == key("2001:db8:0:100::1").site());
    CHECK_FALSE(key("2001:db8:0:1::1").site() == key("2001:db8:0:1::1"));
    CHECK_FALSE(key("2001:db8::1").site()->site().has_value());
    CHECK_FALSE(key("192.0.2.7").site().has_value());
    CHECK_FALSE(key("::ffff:192.0.2.7").site().has_value());
}
