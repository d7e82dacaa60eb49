// SPDX-License-Identifier: Apache-2.0
#include "postbell/kit/dedup_hash.hpp"

#include <catch2/catch.hpp>
#include <initializer_list>

using namespace postbell::kit;

namespace {
std::uint64_t hashOf(std::initializer_list<const char*> texts) {
    DedupHash hash;
    for (const char* text : texts) hash.add(text);
    return hash.value();
}
}  // namespace

TEST_CASE("a hash tells where one text ends and the next begins") {
    CHECK(hashOf({"ab", "c"}) == hashOf({"ab", "c"}));
    CHECK(hashOf({"ab", "c"}) != hashOf({"a", "bc"}));
    CHECK(hashOf({"", "a"}) != hashOf({"a", ""}));
    CHECK(hashOf({"a"}) != hashOf({"a", ""}));
}

TEST_CASE("a hash is the same in every process") {
    CHECK(hashOf({"a"}) == 0x089BC907B544C769);  // FNV-1a of "a\xff"
}
