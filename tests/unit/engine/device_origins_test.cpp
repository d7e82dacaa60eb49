// SPDX-License-Identifier: Apache-2.0
#include "engine/device_origins.h"

#include <catch2/catch.hpp>

#include <string>

using namespace postbell::engine;
using Catch::Matchers::Contains;
using postbell::util::Origin;

TEST_CASE("a device may name a public server, by name or address", "[engine]") {
    const DeviceOrigins origins;
    const auto text = GENERATE(as<std::string>{}, "https://updates.push.services.mozilla.com",
                               "https://ntfy.sh", "https://push.example.com:8443",
                               "https://xn--bcher-kva.example", "https://8.8.8.8",
                               "https://a.b1-c.xn--p1ai:65535", "https://[2606:4700::1111]:1024");
    CAPTURE(text);
    const auto origin = origins.parse(text);
    CHECK(origin.problem() == "");
    REQUIRE(origin);
    CHECK(origins.namedBy(*origin) == NamedBy::Device);
}

TEST_CASE("spellings of one origin are one origin", "[engine]") {
    const DeviceOrigins origins;

    CHECK(*origins.parse("HTTPS://Push.Example.COM:443") ==
          *origins.parse("https://push.example.com"));
    CHECK(*origins.parse("https://[2606:4700:0:0::0:1111]") ==
          *origins.parse("https://[2606:4700::1111]"));
}

TEST_CASE("a device cannot name an origin that is no public server", "[engine]") {
    const auto text = GENERATE(
        as<std::string>{}, "http://push.example.com", "https://user@push.example.com",
        "https://push.example.com/", "https://push.example.com/path", "https://push.example.com?q",
        "https://push.example.com#f", "https://push.example.com\\@10.0.0.1",
        // Names.
        "https://localhost", "https://intranet", "https://push.example.com.", "https://push..com",
        "https://.example.com", "https://-push.example.com", "https://push-.example.com",
        "https://pu_sh.example.com", "https://b\xc3\xbc\x63her.example",
        "https://push.example.com%00", "https://printer.local", "https://db.internal",
        "https://router.home.arpa", "https://a.localhost", "https://vault.prod.svc:8200",
        "https://wiki.corp", "https://nas.lan", "https://localhost.localdomain:8443",
        // Addresses, and texts that resolvers take for one.
        "https://127.0.0.1", "https://10.0.0.1", "https://169.254.169.254", "https://[::1]",
        "https://[::ffff:8.8.8.8]", "https://[::ffff:127.0.0.1]", "https://[fe80::1%25eth0]",
        "https://127.1", "https://2130706433", "https://0x7f000001", "https://0x7f.0.0.1",
        "https://0177.0.0.1", "https://127.0.0.01", "https://127.0.0.1.", "https://8.8.8.8.8",
        "https://push.example.0x7f",
        // Ports.
        "https://push.example.com:22", "https://push.example.com:80",
        "https://push.example.com:444", "https://push.example.com:1023", "https://8.8.8.8:25");
    CAPTURE(text);
    const auto origin = DeviceOrigins().parse(text);
    CHECK_FALSE(origin);
    CHECK_FALSE(origin.problem().empty());
}

TEST_CASE("a device's host and its labels have the lengths of RFC 1035", "[engine]") {
    const DeviceOrigins origins;
    const std::string label(63, 'a');
    const std::string longest = label + "." + label + "." + label + "." + std::string(61, 'b');
    REQUIRE(longest.size() == 253);

    CHECK(origins.parse("https://" + longest + ":65535"));
    CHECK_FALSE(origins.parse("https://" + longest + "b"));
    CHECK_FALSE(origins.parse("https://" + label + "a.example.com"));
    CHECK_FALSE(origins.parse("https://" + std::string(100'000, 'a') + ".com"));
}

TEST_CASE("exactly the origins that the operator allowed may be private", "[engine]") {
    const DeviceOrigins origins(
        {Origin::parse("https://ntfy:444").value(), Origin::parse("https://10.0.0.7").value()});

    const auto named = origins.parse("https://NTFY:444");
    REQUIRE(named);
    CHECK(origins.namedBy(*named) == NamedBy::Operator);
    CHECK(origins.namedBy(*origins.parse("https://10.0.0.7:443")) == NamedBy::Operator);
    CHECK_FALSE(origins.parse("https://ntfy"));
    CHECK_FALSE(origins.parse("https://10.0.0.7:8443"));
    CHECK_FALSE(origins.parse("https://10.0.0.8"));
    CHECK(origins.namedBy(*origins.parse("https://push.example.com")) == NamedBy::Device);
}
