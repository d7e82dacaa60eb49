// SPDX-License-Identifier: Apache-2.0
#include "event_reader.h"

#include <catch2/catch.hpp>

#include "sections.h"

using namespace postbell::webhook;
using Type = Event::Type;

namespace {

const Section kFlat = {{"account", "/to"},    {"type", "/event"},
                       {"new", R"(["new"])"}, {"unread", "/unread"},
                       {"id", "/id"},         {"count_changed", R"(["read"])"},
                       {"folder", "/folder"}, {"inbox", R"(["INBOX"])"}};

Reading read(const std::string& body, const Section& section = kFlat) {
    const auto read = readEvents(body, mappingOf(section));
    const auto* reading = std::get_if<Reading>(&read);
    REQUIRE(reading != nullptr);
    return *reading;
}

Refusal refusal(const std::string& body, const Section& section = kFlat) {
    const auto read = readEvents(body, mappingOf(section));
    const auto* refusal = std::get_if<Refusal>(&read);
    REQUIRE(refusal != nullptr);
    return *refusal;
}

/// A body of the flat form, in the inbox.
std::string flat(const std::string& more) {
    return R"({"to":"a@example.com","event":"new","folder":"INBOX")" + more + "}";
}

std::string list(std::size_t count, const std::string& element) {
    std::string text = "[" + element;
    for (std::size_t i = 1; i < count; ++i) text += "," + element;
    return text + "]";
}

}  // namespace

TEST_CASE("a flat body is one event", "[webhook]") {
    CHECK(read(flat(R"(,"unread":4,"id":"m1")")).events ==
          std::vector<Event>{{Type::NewMail, "a@example.com", 4, "m1"}});
    CHECK(read(R"({"to":"a@example.com","event":"read","folder":"INBOX","unread":0})").events ==
          std::vector<Event>{{Type::CountChanged, "a@example.com", 0, ""}});
}

TEST_CASE("an address alone makes each event new mail", "[webhook]") {
    CHECK(read(R"({"to":"a@example.com"})", {{"account", "/to"}}).events ==
          std::vector<Event>{{Type::NewMail, "a@example.com", -1, ""}});
}

TEST_CASE("Stalwart's event is read", "[webhook][row:WEBHOOK-3]") {
    CHECK(read(sample("stalwart-ham"), kStalwart).events ==
          std::vector<Event>{{Type::NewMail, "anna@example.com", -1, "a1b2@example.net"}});
}

TEST_CASE(
    "of a batch, events of other types and folders are ignored, and those without an "
    "address counted",
    "[webhook][row:WEBHOOK-3]") {
    const Reading reading = read(sample("stalwart-mixed"), kStalwart);
    CHECK(reading.events ==
          std::vector<Event>{{Type::NewMail, "anna@example.com", -1, "both@example.net"},
                             {Type::NewMail, "bert@example.com", -1, "both@example.net"}});
    CHECK(reading.ignored == 3);
    CHECK(reading.unreadable == 1);
}

TEST_CASE("numbers name a folder, an id or a type as they are written", "[webhook]") {
    const Section section = {
        {"account", "/to"}, {"folder", "/f"}, {"inbox", R"(["0"])"}, {"id", "/id"}};
    CHECK(read(R"({"to":"a@example.com","f":0,"id":17})", section).events.at(0).id == "17");
    CHECK(read(R"({"to":"a@example.com","f":[3,0]})", section).events.size() == 1);
    for (const char* folder : {"1", "0.0", "null", "[]", "{}"})
        CHECK(read(R"({"to":"a@example.com","f":)" + std::string(folder) + "}", section).ignored ==
              1);
}

TEST_CASE("a count that is absent, impossible, or of several mailboxes is unknown", "[webhook]") {
    for (const char* more : {"", R"(,"unread":-1)", R"(,"unread":2147483648)", R"(,"unread":1.5)",
                             R"(,"unread":"3")", R"(,"unread":[3])"})
        CHECK(read(flat(more)).events.at(0).unread == -1);
    CHECK(read(flat(R"(,"unread":2147483647)")).events.at(0).unread == 2147483647);
    const Reading two = read(
        R"({"to":["a@example.com","b@example.com"],"event":"new","folder":"INBOX","unread":3})");
    REQUIRE(two.events.size() == 2);
    CHECK(two.events[0].unread == -1);
}

TEST_CASE("an address is a text of 1 to 1024 bytes", "[webhook]") {
    const Section section = {{"account", "/to"}};
    CHECK(read(R"({"to":")" + std::string(1024, 'a') + "\"}", section).events.size() == 1);
    for (const std::string& to : {std::string("null"), std::string("[]"), std::string("{}"),
                                  std::string("\"\""), "\"" + std::string(1025, 'a') + "\""}) {
        const Reading reading = read(R"({"to":)" + to + "}", section);
        CHECK(reading.events.empty());
        CHECK(reading.unreadable == 1);
    }
}

TEST_CASE("an id that is longer than a key may be names nothing", "[webhook]") {
    CHECK(read(flat(R"(,"id":")" + std::string(512, 'i') + "\"")).events.at(0).id.size() == 512);
    CHECK(read(flat(R"(,"id":")" + std::string(513, 'i') + "\"")).events.at(0).id.empty());
}

TEST_CASE("a body without events is refused", "[webhook]") {
    for (const char* body : {"", "{", "{}x", "to=a", R"({"to":"a","to":"b"})"})
        CHECK(refusal(body) == Refusal::NotJson);
    for (const char* body : {"1", "\"text\"", "null", "true"})
        CHECK(refusal(body) == Refusal::NoEvents);
    for (const char* body : {"{}", R"({"events":1})", "[]"})
        CHECK(refusal(body, kStalwart) == Refusal::NoEvents);
    CHECK(read(R"({"events":[]})", kStalwart).events.empty());
}

TEST_CASE("one event may have many members", "[webhook]") {
    std::string body = R"({"to":"a@example.com")";
    for (int i = 0; i < 2000; ++i) body += ",\"" + std::to_string(i) + "\":0";
    CHECK(read(body + "}", {{"account", "/to"}}).events.size() == 1);
}

TEST_CASE("a body has 1000 events at most, and as many mailboxes", "[webhook]") {
    const Section section = {{"account", "/to"}};
    CHECK(read(list(1000, R"({"to":"a@example.com"})"), section).events.size() == 1000);
    CHECK(refusal(list(1001, R"({"to":"a@example.com"})"), section) == Refusal::TooMany);
    CHECK(refusal(list(1001, "{}"), section) == Refusal::TooMany);
    CHECK(read(R"({"to":)" + list(1000, "\"a@example.com\"") + "}", section).events.size() == 1000);
    CHECK(refusal(R"({"to":)" + list(1001, "\"a@example.com\"") + "}", section) ==
          Refusal::TooMany);
    CHECK(refusal(list(30, R"({"to":)" + list(900, "\"a\"") + "}"), section) == Refusal::NotJson);
}
