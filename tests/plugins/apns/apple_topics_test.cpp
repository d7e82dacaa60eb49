// SPDX-License-Identifier: Apache-2.0
#include "apple_topics.h"

#include <catch2/catch.hpp>

#include "test_credentials.h"

using namespace postbell::apns;

TEST_CASE("topics are read with their kinds") {
    const auto topics = decodeAppleTopics(
        testing::derTopics({{"com.example.mail", "app"}, {"com.example.mail.voip", "voip"}}));

    REQUIRE(topics.has_value());
    REQUIRE(topics->size() == 2);
    CHECK(topics->at(0).name == "com.example.mail");
    CHECK(topics->at(0).kinds == std::vector<std::string>{"app"});
    CHECK(topics->at(1).name == "com.example.mail.voip");
    CHECK(topics->at(1).kinds == std::vector<std::string>{"voip"});
}

TEST_CASE("a topic may have several kinds or none") {
    const std::string list = std::string(
                                 "\x0c\x01"
                                 "a",
                                 3) +
                             std::string(
                                 "\x0c\x01"
                                 "b",
                                 3) +
                             std::string(
                                 "\x30\x06\x0c\x01"
                                 "x"
                                 "\x0c\x01"
                                 "y",
                                 8);
    const auto topics = decodeAppleTopics(std::string("\x30\x0e", 2) + list);

    REQUIRE(topics.has_value());
    REQUIRE(topics->size() == 2);
    CHECK(topics->at(0).kinds.empty());
    CHECK(topics->at(1).kinds == std::vector<std::string>{"x", "y"});
}

TEST_CASE("what is not the extension's shape is refused") {
    const std::string wrong[] = {
        "",
        "text",
        std::string("\x05\x00", 2),  // NULL
        std::string("\x30\x05\x0c\x01"
                    "a",
                    5),  // cut off
        std::string("\x30\x03\x0c\x05"
                    "a",
                    5),                          // the inner length leaves the outer
        std::string("\x30\x02\x30\x00", 4),      // kinds without a topic
        std::string("\x30\x03\x02\x01\x05", 5),  // a number
        std::string("\x30\x80\x0c\x01"
                    "a"
                    "\x00\x00",
                    7),  // BER's indefinite length
        std::string("\x30\x03\x0c\x01"
                    "a"
                    "\x00",
                    6),  // something after it
        std::string("\x30\x84\xff\xff\xff\xff", 6),
    };
    for (const std::string& der : wrong) CHECK_FALSE(decodeAppleTopics(der).has_value());
    CHECK(decodeAppleTopics(std::string("\x30\x00", 2))->empty());
}
