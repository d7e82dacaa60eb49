// SPDX-License-Identifier: Apache-2.0
#include "config/address.h"

#include <catch2/catch.hpp>

using namespace postbell::config;

TEST_CASE("a listening address is an IP address and a port", "[config]") {
    CHECK(parseListenAddress("0.0.0.0:8443")->port == 8443);
    CHECK(parseListenAddress("0.0.0.0:8443")->any);
    CHECK(parseListenAddress("[::]:1")->any);
    CHECK(parseListenAddress("[::1]:65535")->host == "::1");
    CHECK_FALSE(parseListenAddress("127.0.0.1:0")->any);
    CHECK(parseListenAddress("localhost:80")->host == "127.0.0.1");

    for (const char* wrong :
         {"", ":", ":8443", "8443", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
          "127.0.0.1:+1", "127.0.0.1:80 ", "::1:80", "[::1]", "[::1]80", "[::1", "[127.0.0.1]:80",
          "push.example.com:80", "1.2.3:80", "256.1.1.1:80", "127.0.0.1:000080"}) {
        INFO(wrong);
        CHECK_FALSE(parseListenAddress(wrong));
    }
}

TEST_CASE("a URL comes apart into an origin and a path", "[config]") {
    CHECK(parseHttpUrl("https://Push.Example.com")->origin.text() == "https://push.example.com");
    CHECK(parseHttpUrl("https://a:443/")->origin.text() == "https://a");
    CHECK(parseHttpUrl("https://a:444")->origin.text() == "https://a:444");
    CHECK(parseHttpUrl("http://[::1]:80/x?y")->path == "/x?y");
    CHECK(parseHttpUrl("http://[::1]:81")->origin.text() == "http://[::1]:81");
    CHECK(parseHttpUrl("https://a?b")->path == "?b");

    for (const char* wrong :
         {"", "push.example.com", "ftp://a", "https://", "https:///x", "https://a:", "https://a:0",
          "https://a:x", "https://user@a", "https://a b", "https://a/b c", "https://[a]",
          "https://[::1", "https://\xc3\xa4"}) {
        INFO(wrong);
        CHECK_FALSE(parseHttpUrl(wrong));
    }
}

TEST_CASE("loopback is 127.0.0.0/8, ::1 and localhost", "[config]") {
    for (const char* host : {"127.0.0.1", "127.255.0.3", "::1", "[::1]", "localhost"})
        CHECK(isLoopback(host));
    for (const char* host :
         {"0.0.0.0", "::", "128.0.0.1", "localhost.example.com", "127.0.0.1.example.com", ""})
        CHECK_FALSE(isLoopback(host));
}
