// SPDX-License-Identifier: Apache-2.0
#include "util/origin.h"

#include <catch2/catch.hpp>

using postbell::util::Origin;

TEST_CASE("an origin is a host and a port, 443 when it says none") {
    CHECK(Origin::parse("https://api.push.apple.com")->host == "api.push.apple.com");
    CHECK(Origin::parse("https://api.push.apple.com")->port == 443);
    CHECK(Origin::parse("HTTPS://API.Push.Apple.com:2197")->host == "api.push.apple.com");
    CHECK(Origin::parse("https://127.0.0.1:2197")->port == 2197);
    CHECK(Origin::parse("https://[2001:DB8::1]:8443")->host == "2001:db8::1");
    CHECK(Origin::parse("https://[2001:db8:0::0:1]")->host == "2001:db8::1");
}

TEST_CASE("the authority leaves out the default port and brackets IPv6") {
    CHECK(Origin::parse("https://api.push.apple.com:443")->authority() == "api.push.apple.com");
    CHECK(Origin::parse("https://localhost:2197")->authority() == "localhost:2197");
    CHECK(Origin::parse("https://[::1]")->authority() == "[::1]");
    CHECK(Origin::parse("https://[::1]:2197")->authority() == "[::1]:2197");
}

TEST_CASE("any two texts of one origin have one normal form") {
    CHECK(Origin::parse("HTTPS://A:443")->text() == "https://a");
    CHECK(Origin::parse("https://[0:0::1]:444")->text() == "https://[::1]:444");
    CHECK(Origin::parseAny("http://A:80")->text() == "http://a");
    CHECK(Origin::parseAny("http://a:443")->text() == "http://a:443");
    CHECK(Origin::parseAny("https://a:80")->text() == "https://a:80");
}

TEST_CASE("http is an origin only where the caller says so") {
    CHECK_FALSE(Origin::parse("http://a"));
    CHECK(Origin::parseAny("http://a")->port == 80);
    CHECK_FALSE(Origin::parseAny("http://a")->tls);
    CHECK_FALSE(Origin::parseAny("ftp://a"));
    CHECK_FALSE(Origin::parseAny("http://a/"));
}

TEST_CASE("text that is not an https origin is refused") {
    const auto text = GENERATE(
        as<std::string>{}, "", "api.push.apple.com", "http://host", "https://", "https://:443",
        "https://host/", "https://host/path", "https://host?x", "https://user@host",
        "https://host:0", "https://host:65536", "https://host:", "https://host:44x", "https://[::1",
        "https://[host]", "https://[fe80::1%eth0]", "https://[127.0.0.1]", "https://[::1]x",
        "https://ho st", "https://h\nost");

    CAPTURE(text);
    const auto origin = Origin::parse(text);
    CHECK_FALSE(origin);
    CHECK_THAT(origin.problem(),
               Catch::Matchers::Contains("is not an origin such as https://host"));
    CHECK_THROWS_AS(origin.value(), std::invalid_argument);
}

TEST_CASE("a stranger's text is shortened, and cannot disturb a log") {
    const auto origin = Origin::parse("https://a\r\n" + std::string(10'000, 'x'));

    CHECK(origin.problem().size() < 300);
    CHECK(origin.problem().find('\n') == std::string::npos);
}
