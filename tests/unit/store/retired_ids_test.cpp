// SPDX-License-Identifier: Apache-2.0
#include "store/records/retired_ids.h"

#include <catch2/catch.hpp>

using namespace postbell::store;

namespace {

std::string hash(char letter) {
    return std::string(32, letter);
}

}  // namespace

TEST_CASE("a replaced subscription id stays retired until sixteen newer ones are", "[store]") {
    std::string retired;
    for (char letter = 'a'; letter < 'a' + 16; ++letter) retired = retire(retired, hash(letter));
    CHECK(isRetired(retired, hash('a')));
    CHECK_FALSE(isRetired(retired, hash('z')));

    retired = retire(retired, hash('z'));

    CHECK_FALSE(isRetired(retired, hash('a')));
    CHECK(isRetired(retired, hash('b')));
    CHECK(isRetired(retired, hash('z')));
    CHECK(retired.size() == 16 * hash('z').size());
}

TEST_CASE("a registration that reported nothing retires nothing", "[store]") {
    CHECK(retire("", "").empty());
    CHECK_FALSE(isRetired("", ""));
}
