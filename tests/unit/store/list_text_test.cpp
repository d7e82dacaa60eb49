// SPDX-License-Identifier: Apache-2.0
#include "store/records/list_text.h"

#include <catch2/catch.hpp>

#include "store/records/store_error.h"

using namespace postbell;
using namespace postbell::store;

TEST_CASE("a credential's lists are read as they were written", "[store]") {
    Guards guards;
    guards[1].good_at = util::fromMs(5);
    guards[1].strangers = {7};
    guards[1].authorization_refused = "expired";
    guards[1].slowed_down = "too often";
    guards[1].suspects = {1, 2};
    guards[2].paused_at = util::fromMs(6);
    guards[2].paused_reason = "refused";
    guards[2].probe_interval = std::chrono::minutes(1);
    const CredentialSettings settings = {{"key_id", "K"}, {"note", "a \"word\" and\nmore"}};

    const Guards read = parseGuards(guardsText(guards));

    CHECK(read[1].good_at == util::fromMs(5));
    CHECK(read[1].strangers == guards[1].strangers);
    CHECK(read[1].authorization_refused == "expired");
    CHECK(read[1].slowed_down == "too often");
    CHECK(read[1].suspects == guards[1].suspects);
    CHECK(read[2].paused_reason == "refused");
    CHECK(read[2].probe_interval == std::chrono::minutes(1));
    CHECK(parseSettings(settingsText(settings)) == settings);
    CHECK(parseTopics(topicsText({"com.example.mail"})) ==
          std::vector<std::string>{"com.example.mail"});
    CHECK_FALSE(util::isSet(parseGuards("[]")[0].good_at));
}

TEST_CASE("an authorization is read as it was written, with the one before it", "[store]") {
    StoredAuthorization written;
    written.name = "authorization";
    written.value = "bearer \xff";
    written.given_at = util::fromMs(7);
    written.earlier.name = "authorization";
    written.earlier.value = "bearer 1";
    written.earlier.expires_at = util::fromMs(9);
    written.earlier.given_at = util::fromMs(5);

    const StoredAuthorization read = parseAuthorization(authorizationText(written));

    CHECK(read.name == written.name);
    CHECK(read.value == written.value);
    CHECK(read.given_at == written.given_at);
    CHECK(read.earlier.value == written.earlier.value);
    CHECK(read.earlier.expires_at == written.earlier.expires_at);
    CHECK(read.earlier.given_at == written.earlier.given_at);
    CHECK_THROWS_AS(parseAuthorization("bearer x"), StoreError);
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
