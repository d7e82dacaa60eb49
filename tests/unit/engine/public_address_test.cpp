// SPDX-License-Identifier: Apache-2.0
#include "engine/public_address.h"

#include <catch2/catch.hpp>

#include <string>

using postbell::engine::IpAddress;
using postbell::engine::whyNotPublic;

namespace {

std::string why(const std::string& text) {
    const auto address = IpAddress::parse(text);
    REQUIRE(address);
    return std::string(whyNotPublic(*address));
}

}  // namespace

TEST_CASE("the first and the last address of each special IPv4 block are not public", "[engine]") {
    const auto text = GENERATE(as<std::string>{}, "0.0.0.0", "0.255.255.255",  // this network
                               "10.0.0.0", "10.255.255.255",                   // private
                               "100.64.0.0", "100.127.255.255",                // carrier's NAT
                               "127.0.0.0", "127.255.255.255",                 // loopback
                               "169.254.0.0", "169.254.169.254",  // link-local, cloud metadata
                               "169.254.255.255",                 //
                               "172.16.0.0", "172.31.255.255",    // private
                               "192.0.0.0", "192.0.0.255",        // IETF protocols
                               "192.0.2.0", "192.0.2.255",        // documentation
                               "192.88.99.0", "192.88.99.255",    // 6to4 relays
                               "192.168.0.0", "192.168.255.255",  // private
                               "198.18.0.0", "198.19.255.255",    // benchmarks
                               "198.51.100.0", "198.51.100.255",  // documentation
                               "203.0.113.0", "203.0.113.255",    // documentation
                               "224.0.0.0", "239.255.255.255",    // multicast
                               "240.0.0.0", "255.255.255.255");   // reserved, broadcast
    CAPTURE(text);
    CHECK_FALSE(why(text).empty());
}

TEST_CASE("the neighbours of each special IPv4 block are public", "[engine]") {
    const auto text = GENERATE(
        as<std::string>{}, "1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
        "126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255",
        "172.32.0.0", "191.255.255.255", "192.0.1.0", "192.0.3.0", "192.88.98.255", "192.88.100.0",
        "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "198.51.99.255",
        "198.51.101.0", "203.0.112.255", "203.0.114.0", "223.255.255.255", "8.8.8.8");
    CAPTURE(text);
    CHECK(why(text) == "");
}

TEST_CASE("IPv6 addresses that are not global unicast are not public", "[engine]") {
    const auto text = GENERATE(as<std::string>{}, "::", "::1",           // unspecified, loopback
                               "::127.0.0.1", "::8.8.8.8",               // IPv4-compatible
                               "::ffff:127.0.0.1", "::ffff:8.8.8.8",     // IPv4-mapped
                               "::ffff:0:10.0.0.1",                      // IPv4-translated
                               "64:ff9b:1::8.8.8.8",                     // local NAT64
                               "100::1",                                 // discard
                               "2001::1", "2001:0:4136:e378::1",         // Teredo
                               "2001:2::1", "2001:10::1", "2001:20::1",  // IETF protocols
                               "2001:1ff:ffff::1",                       //
                               "2001:db8::1", "2001:db8:ffff::1",        // documentation
                               "2002:7f00:1::1", "2002:808:808::1",      // 6to4
                               "3fff::1", "3fff:fff:ffff::1",            // documentation
                               "4000::1", "5f00::1", "8000::1",          // not in use
                               "fc00::1", "fdff::1",                     // private
                               "fe80::1", "febf::1",                     // link-local
                               "fec0::1", "feff::1",                     // site-local
                               "ff02::1", "ffff::1");                    // multicast
    CAPTURE(text);
    CHECK_FALSE(why(text).empty());
}

TEST_CASE("global unicast IPv6 addresses are public", "[engine]") {
    const auto text = GENERATE(as<std::string>{}, "2000::1", "2001:200::1", "2001:4860:4860::8888",
                               "2001:db7:ffff::1", "2001:db9::1", "2003::1", "2606:4700::1111",
                               "2a00:1450::1", "3ffe::1", "3fff:1000::1");
    CAPTURE(text);
    CHECK(why(text) == "");
}

TEST_CASE("an address that NAT64 translates is as public as the IPv4 address in it", "[engine]") {
    CHECK(why("64:ff9b::8.8.8.8") == "");
    CHECK(why("64:ff9b::127.0.0.1") == "is loopback, RFC 1122");
    CHECK(why("64:ff9b::a9fe:a9fe") == "is link-local, RFC 3927");
    CHECK(why("64:ff9b::10.1.2.3") == "is private, RFC 1918");
    CHECK_FALSE(why("64:ff9b:0:0:0:1:8.8.8.8").empty());
}
