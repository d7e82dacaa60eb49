// SPDX-License-Identifier: Apache-2.0
#include "postbell/kit/json_reader.hpp"

#include <nlohmann/json.hpp>

#include <random>

#include <catch2/catch.hpp>

using postbell::kit::Json;
using postbell::kit::readJson;

TEST_CASE("a document is read as it is written", "[sdk]") {
    const auto json = readJson(
        R"( {"text": "a\n\u00e9\ud83d\ude00", "number": -12, "real": 1.5e3, "yes": true,
             "none": null, "list": [1, [], {}], "nested": {"deep": {"er": "found"}}} )");

    REQUIRE(json);
    CHECK((*json)["text"].text() == "a\n\xc3\xa9\xf0\x9f\x98\x80");
    CHECK((*json)["number"].integer() == -12);
    CHECK((*json)["real"].number() == "1.5e3");
    CHECK_FALSE((*json)["real"].integer());
    CHECK((*json)["yes"].boolean() == true);
    CHECK((*json)["none"].isNull());
    REQUIRE((*json)["list"].elements().size() == 3);
    CHECK((*json)["list"].elements()[0].integer() == 1);
    CHECK((*json)["nested"]["deep"]["er"].text() == "found");
    CHECK((*json)["not"]["there"].isNull());
    CHECK_FALSE((*json)["number"].text());
    CHECK(json->names().size() == 7);
}

TEST_CASE("a text that breaks RFC 8259 is no document", "[sdk]") {
    for (const char* text : {"",
                             " ",
                             "{",
                             "}",
                             "[1,]",
                             "{\"a\":}",
                             "{\"a\" 1}",
                             "{a: 1}",
                             "[1 2]",
                             "01",
                             "1.",
                             ".5",
                             "+1",
                             "1e",
                             "-",
                             "tru",
                             "nul",
                             "\"",
                             "\"\\x\"",
                             "\"\\u12\"",
                             "\"\\ud800\"",
                             "\"\\udc00\"",
                             "\"\\ud800\\u0041\"",
                             "\"a\nb\"",
                             "1 1",
                             "NaN",
                             "'a'",
                             "{\"a\":1,\"a\":2}",
                             "\xef\xbb\xbf{}",
                             "[}",
                             "{]",
                             "\"\\u-123\"",
                             "\"\\u 123\""}) {
        INFO(text);
        CHECK_FALSE(readJson(text));
    }
}

TEST_CASE("depth and values are bounded", "[sdk]") {
    const std::string deep = std::string(33, '[') + std::string(33, ']');
    CHECK(readJson(deep.substr(1, 64)));
    CHECK_FALSE(readJson(std::string(100'000, '[')));
    CHECK_FALSE(readJson(std::string(34, '[') + std::string(34, ']')));
    std::string many = "[1";
    for (int i = 0; i < 9'998; ++i) many += ",1";
    CHECK(readJson(many + "]"));
    CHECK_FALSE(readJson(many + ",1]"));
}

TEST_CASE("damaged documents never disturb the reader", "[sdk]") {
    const std::string good = R"({"a": [1, 2.5, "x\u00e9\ud83d\ude00"], "b": {"c": null}})";
    std::mt19937 random(1);
    std::size_t refused = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string bad = good.substr(0, random() % (good.size() + 1));
        for (unsigned flips = random() % 4; flips-- > 0 && !bad.empty();)
            bad[random() % bad.size()] = static_cast<char>(random());
        const std::vector<char> exact(bad.begin(), bad.end());
        refused += readJson({exact.data(), exact.size()}) ? 0 : 1;
    }
    CHECK(refused > 10'000);
}
