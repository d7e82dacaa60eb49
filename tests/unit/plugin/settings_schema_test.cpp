// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "plugin/settings_schema.h"

#include <catch2/catch.hpp>

#include "plugin/section_schema.h"

using namespace postbell::plugin;
using Catch::Contains;

namespace {

SettingsSchema keySchema() {
    return SettingsSchema(parseSchema(R"({
        "type": "object", "additionalProperties": false, "required": ["key-id"],
        "properties": {
            "key-id": {"type": "string", "maxLength": 4, "description": "which key"},
            "pin": {"type": "integer", "minimum": 1, "writeOnly": true}
        },
        "file": {"required": true, "password": true, "description": "a key"}
    })"));
}

}  // namespace

TEST_CASE("a schema lists the settings that an admin may give", "[plugin]") {
    const auto settings = keySchema().settings();

    REQUIRE(settings.size() == 2);
    CHECK(settings[0].name == "key-id");
    CHECK(settings[0].description == "which key");
    CHECK(settings[0].required);
    CHECK_FALSE(settings[0].secret);
    CHECK(settings[1].secret);
    CHECK_FALSE(settings[1].required);
    CHECK(keySchema().file().required);
    CHECK(keySchema().file().password);
    CHECK(keySchema().file().description == "a key");
    CHECK(keySchema().file().generate.empty());
    CHECK(SettingsSchema(parseSchema(R"({"type": "object", "file": {"generate": "p256"}})"))
              .file()
              .generate == "p256");
}

TEST_CASE("settings that the schema does not accept get a sentence each", "[plugin]") {
    CHECK(keySchema().problems({{"key-id", "ABCD"}, {"pin", "7"}}).empty());
    CHECK_THAT(keySchema().problems({{"key-id", "ABCDE"}}).at(0), Contains("key-id: "));
    CHECK_THAT(keySchema().problems({}).at(0), Contains("key-id: it is missing"));
    CHECK_THAT(keySchema().problems({{"key-id", "A"}, {"pin", "seven"}}).at(0), Contains("pin: "));
    CHECK_THAT(keySchema().problems({{"key-id", "A"}, {"kay-id", "B"}}).at(0),
               Contains("\"kay-id\" is not known"));
    // A text stays a text, however much it looks like a number.
    CHECK(keySchema().problems({{"key-id", "1234"}}).empty());
}

TEST_CASE("the value of a secret setting is not repeated", "[plugin]") {
    const auto problems = keySchema().problems({{"key-id", "A"}, {"pin", "0"}});

    REQUIRE(problems.size() == 1);
    CHECK_THAT(problems[0], Contains("pin: ") && !Contains("found"));
}

TEST_CASE("a closed schema refuses names that it does not have", "[plugin]") {
    const auto closed = [](const char* text) { return SettingsSchema::closed(parseSchema(text)); };
    const auto topic = closed(R"({"properties": {"topic": {"type": "string"}}})");

    CHECK(topic.problems({{"topic", "mail"}}).empty());
    CHECK_THAT(topic.problems({{"topik", "mail"}}).at(0),
               Contains("\"topik\" is not known") && Contains("\"topic\""));
    CHECK(closed(R"({"additionalProperties": {"type": "string"}})").problems({{"a", "b"}}).empty());
    CHECK(closed(R"({"patternProperties": {"^x-": {"type": "string"}}})")
              .problems({{"x-a", "b"}})
              .empty());
    CHECK_THAT(SettingsSchema::none().problems({{"a", "b"}}).at(0), Contains("is not known"));
    CHECK(SettingsSchema::none().problems({}).empty());
}

TEST_CASE("without a schema every setting is accepted", "[plugin]") {
    CHECK(SettingsSchema().problems({{"anything", "goes"}}).empty());
    CHECK(SettingsSchema().settings().empty());
    CHECK(SettingsSchema().file().required);
}
