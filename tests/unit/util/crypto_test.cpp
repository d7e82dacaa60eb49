// SPDX-License-Identifier: Apache-2.0
#include "util/crypto.h"

#include <catch2/catch.hpp>

#include "util/codec.h"

using namespace postbell::util;

TEST_CASE("digests are those of the standards") {
    CHECK(hexEncode(sha256("abc")) ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    // RFC 4231, test case 2
    CHECK(hexEncode(hmacSha256("Jefe", "what do ya want for nothing?")) ==
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST_CASE("a sealed value opens with its key and context only") {
    const std::string key = randomBytes(32);
    const std::string sealed = aesGcmSeal(key, "a device token", "device.token");

    CHECK(aesGcmOpen(key, sealed, "device.token") == "a device token");
    CHECK(sealed.find("device token") == std::string::npos);
    CHECK(aesGcmSeal(key, "a device token", "device.token") != sealed);

    CHECK_THROWS(aesGcmOpen(randomBytes(32), sealed, "device.token"));
    CHECK_THROWS(aesGcmOpen(key, sealed, "credential.file"));
    CHECK_THROWS(aesGcmOpen(key, sealed.substr(0, 20), "device.token"));
    std::string changed = sealed;
    changed[15] = static_cast<char>(changed[15] ^ 1);
    CHECK_THROWS(aesGcmOpen(key, changed, "device.token"));
}

TEST_CASE("tokens are long, URL-safe and never the same") {
    CHECK(randomToken().size() == 43);
    CHECK(randomToken() != randomToken());
    CHECK(base64UrlDecode(randomToken()).has_value());
}

TEST_CASE("an id never looks like an option of a command") {
    for (int i = 0; i < 2'000; ++i) {
        const std::string id = randomId();
        REQUIRE(id.size() == 22);
        REQUIRE(id.front() != '-');
    }
}

TEST_CASE("comparison in constant time still compares") {
    CHECK(equalConstantTime("abc", "abc"));
    CHECK_FALSE(equalConstantTime("abc", "abd"));
    CHECK_FALSE(equalConstantTime("abc", "abcd"));
    CHECK(equalConstantTime("", ""));
}
