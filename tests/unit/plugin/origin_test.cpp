// SPDX-License-Identifier: Apache-2.0
#include "plugin/origin.h"

#include <catch2/catch.hpp>

using namespace postbell::plugin;
using Catch::Contains;

TEST_CASE("an origin that pushes go to has a normal form", "[plugin]") {
    CHECK(pushOrigin("https://push.example.com") == "https://push.example.com");
    CHECK(pushOrigin("https://PUSH.example.com:443") == "https://push.example.com");
    CHECK(pushOrigin("https://push.example.com:8443") == "https://push.example.com:8443");
    CHECK(pushOrigin("https://[::1]:2197") == "https://[::1]:2197");
}

TEST_CASE("other texts are no origin, and plain http least of all", "[plugin]") {
    const std::string long_host = "https://" + std::string(600, 'a');
    for (const std::string text :
         {"", "push.example.com", "https://", "https://push.example.com/", "https://a?b",
          "https://a#b", "https://user@push.example.com", "https://push.example.com@evil.example",
          "https://a b", "https://a:0", "https://a:65536", "https://[::1", "ftp://a",
          "https://\xc3\xa9", "http://push.example.com", "http://127.0.0.1:8080",
          "http://localhost", long_host.c_str()}) {
        INFO(text);
        CHECK_FALSE(pushOrigin(text));
    }
    CHECK_THAT(wrongPushOrigin("http://127.0.0.1:8080"),
               Contains("\"http://127.0.0.1:8080\"") && Contains("not even to a loopback address"));
}

TEST_CASE("requests of managed subscriptions may go to a loopback address in the clear",
          "[plugin]") {
    CHECK(managedOrigin("http://127.0.0.1:8080") == "http://127.0.0.1:8080");
    CHECK(managedOrigin("http://[::1]:80") == "http://[::1]");
    CHECK(managedOrigin("https://mail.example.com") == "https://mail.example.com");
    CHECK_FALSE(managedOrigin("http://mail.example.com"));
    CHECK_FALSE(managedOrigin("http://127.0.0.1.example.com"));
    CHECK_THAT(wrongManagedOrigin("http://mail.example.com"),
               Contains("http:// only to a loopback address"));
}
