// SPDX-License-Identifier: Apache-2.0
#include "store/records/dedup_keys.h"

#include <catch2/catch.hpp>

using namespace postbell::store;

namespace {

DedupKey newMail(int number) {
    return dedupKey("mail " + std::to_string(number), true);
}
DedupKey count(int number) {
    return dedupKey("count " + std::to_string(number), false);
}

}  // namespace

TEST_CASE("a key is the same for the same text and kind alone, and no text has no key", "[store]") {
    CHECK(dedupKey("a", true) == dedupKey("a", true));
    CHECK(dedupKey("a", true) != dedupKey("a", false));
    CHECK(dedupKey("a", true) != dedupKey("b", true));
    CHECK(dedupKey("", true) == 0);
    CHECK_FALSE(DedupKeys().contains(0));
}

TEST_CASE("the last keys of each kind stay, and changed counts displace no new mail",
          "[store][row:METRIC-13]") {
    DedupKeys keys;
    keys.add(newMail(0));
    for (int i = 0; i < 100; ++i) keys.add(count(i));
    CHECK(keys.contains(newMail(0)));
    CHECK(keys.contains(count(96)));
    CHECK_FALSE(keys.contains(count(95)));

    for (int i = 1; i < 8; ++i) keys.add(newMail(i));
    CHECK(keys.contains(newMail(0)));
    keys.add(newMail(8));
    CHECK_FALSE(keys.contains(newMail(0)));
    CHECK(keys.contains(count(99)));
}

TEST_CASE("keys are stored and read again, and what is no key is passed over", "[store]") {
    DedupKeys keys;
    keys.add(newMail(1));
    keys.add(count(1));
    keys.add(0);
    CHECK(keys.bytes().size() == 16);
    const DedupKeys again = DedupKeys::parse(keys.bytes() + "rest");
    CHECK(again.contains(newMail(1)));
    CHECK(again.contains(count(1)));
    CHECK(again.bytes() == keys.bytes());
    CHECK(DedupKeys::parse("").empty());
    CHECK(DedupKeys::parse(std::string(4096, 'x')).bytes().size() <= 12 * 8);
}
