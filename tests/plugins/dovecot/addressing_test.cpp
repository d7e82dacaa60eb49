// SPDX-License-Identifier: Apache-2.0
#include "addressing.h"

#include <catch2/catch.hpp>
#include <string>

#include "sample.h"

using namespace postbell::dovecot;

TEST_CASE("32 random bytes are an id, and what Dovecot users are called is none", "[dovecot]") {
    CHECK(hasIdForm(kId));                   // base64url
    CHECK(hasIdForm(std::string(64, 'a')));  // hexadecimal digits
    CHECK(hasIdForm(std::string(512, 'a')));
    CHECK_FALSE(hasIdForm(std::string(513, 'a')));
    CHECK_FALSE(hasIdForm(std::string(42, 'a')));
    for (const char* user : {"", "anna", "anna@example.net", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
                             "a-very-long-name-of-a-person-at-a-department@example.net",
                             "6::0123456789012345678901234567890123456789012345678901234567890123"})
        CHECK_FALSE(hasIdForm(user));
}

TEST_CASE("the config knows two ways of addressing", "[dovecot]") {
    CHECK(parseAddressing("metadata") == Addressing::Metadata);
    CHECK(parseAddressing("account") == Addressing::Account);
    CHECK(parseAddressing("Account") == std::nullopt);
}
