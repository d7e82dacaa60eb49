// SPDX-License-Identifier: Apache-2.0
#include "store/list_text.h"

#include <catch2/catch.hpp>

#include "store/store_error.h"

using namespace postbell;
using namespace postbell::store;

TEST_CASE("a credential's lists are read as they were written", "[store]") {
    Guards guards;
    guards[1].good_at = util::fromMs(5);
    guards[1].strangers = {"7"};
    guards[1].authorization_refused = "expired";
    guards[1].suspects = {"1", "2"};
    guards[2].paused_at = util::fromMs(6);
    guards[2].paused_reason = "refused";
    guards[2].probe_interval = std::chrono::minutes(1);
    const CredentialSettings settings = {{"key_id", "K"}, {"note", "a \"word\" and\nmore"}};

    const Guards read = parseGuards(guardsText(guards));

    CHECK(read[1].good_at == util::fromMs(5));
    CHECK(read[1].strangers == guards[1].strangers);
    CHECK(read[1].authorization_refused == "expired");
    CHECK(read[1].suspects == guards[1].suspects);
    CHECK(read[2].paused_reason == "refused");
    CHECK(read[2].probe_interval == std::chrono::minutes(1));
    CHECK(parseSettings(settingsText(settings)) == settings);
    CHECK(parseTopics(topicsText({"com.example.mail"})) ==
          std::vector<std::string>{"com.example.mail"});
    CHECK_FALSE(util::isSet(parseGuards("[]")[0].good_at));
}

TEST_CASE("bytes that are not UTF-8 do not keep a credential out", "[store]") {
    CHECK(parseTopics(topicsText({"topic \xff"})).size() == 1);
}

TEST_CASE("a stored text that is no list is the store's own error", "[store]") {
    for (const char* text : {"", "[", "{}", "[7]"}) {
        INFO(text);
        CHECK_THROWS_AS(parseTopics(text), StoreError);
        CHECK_THROWS_AS(parseSettings(text), StoreError);
    }
    for (const char* text : {"", "[", "[7]", R"([{"good_at":"now"}])"}) {
        INFO(text);
        CHECK_THROWS_AS(parseGuards(text), StoreError);
    }
}
