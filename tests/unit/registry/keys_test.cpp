// SPDX-License-Identifier: Apache-2.0
#include "registry/keys.h"

#include <catch2/catch.hpp>

#include "util/codec.h"
#include "util/crypto.h"

using namespace postbell;

TEST_CASE("an account's name is hashed as apps hash it") {
    const std::string expected = util::hexEncode(util::sha256("anna@example.com"));
    for (const char* name : {"anna@example.com", "Anna@Example.COM", " \tANNA@example.com\r\n"})
        CHECK(registry::accountHash(name) == expected);
    // Bytes that are not ASCII stay: their lower case depends on the language.
    CHECK(registry::accountHash("\xc3\x84") == util::hexEncode(util::sha256("\xc3\x84")));
    CHECK(registry::accountHash("  ") == util::hexEncode(util::sha256("")));
}

TEST_CASE("keys differ by tenant and by kind") {
    CHECK(registry::accountKey("one", "x") != registry::accountKey("two", "x"));
    CHECK(registry::accountKey("one", "x") != registry::deviceKey("one", "x"));
    CHECK(registry::tokenKey("one", "x").size() == 32);
}
