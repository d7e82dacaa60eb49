// SPDX-License-Identifier: Apache-2.0
#include "app/output.h"

#include <nlohmann/json.hpp>

#include <catch2/catch.hpp>
#include <iostream>
#include <sstream>

using namespace postbell::app;
using nlohmann::json;

namespace {

/// The text written to a stream while this lives.
class Captured {
  public:
    explicit Captured(std::ostream& stream) : stream_(stream), old_(stream.rdbuf(text_.rdbuf())) {}
    ~Captured() { stream_.rdbuf(old_); }
    std::string text() const { return text_.str(); }

  private:
    std::ostream& stream_;
    std::ostringstream text_;
    std::streambuf* old_;
};

std::string printed(const json& answer, bool as_json = false) {
    const Captured out(std::cout);
    printAnswer(answer, as_json);
    return out.text();
}

}  // namespace

TEST_CASE("an answer for programs is one line of JSON, whatever bytes are in it", "[app]") {
    CHECK(printed({{"tenant", "acme"}}, true) == "{\"tenant\":\"acme\"}\n");
    CHECK(printed({{"tenant", "\xff"}}, true) == "{\"tenant\":\"\xef\xbf\xbd\"}\n");
}

TEST_CASE("texts of devices and mail servers do not steer an admin's terminal", "[app]") {
    const json answer{{"os_version", "1\x1b[2J\xc2\x9b\xe2\x80\xae"}};

    CHECK(printed(answer) == "os_version  1 [2J  \n");
    CHECK(printed(answer, true) == "{\"os_version\":\"1\\u001b[2J\\u009b\\u202e\"}\n");
    const std::string name = "a\x1b[2J";
    CHECK(printed({{name, 1}}) == "a [2J  1\n");
    CHECK(printed({{name, {{name, 1}}}}) == "a [2J:\n  a [2J  1\n");
    CHECK(printed({{name, json::array({{{name, 1}}})}}) == "a [2J\n1\n");
    const Captured error(std::cerr);
    printError("first\nsecond \x1b[2J", false);
    CHECK(error.text() == "postbell: first\nsecond  [2J\n");
}

TEST_CASE("an answer for people lines its values up", "[app]") {
    CHECK(printed({{"app", "a"}, {"expires_at", nullptr}, {"paused", false}}) ==
          "app         a\nexpires_at  -\npaused      no\n");
}

TEST_CASE("a list is a table, the names first, without blanks at a line's end", "[app]") {
    const json rows = json::array(
        {{{"style", "badge"}, {"app", "com.example.mail"}}, {{"style", ""}, {"app", "b"}}});

    CHECK(printed({{"apps", rows}}) == "app               style\ncom.example.mail  badge\nb\n");
    CHECK(printed({{"apps", json::array()}}) == "no apps\n");
}

TEST_CASE("objects in an answer are indented, and lists are joined", "[app]") {
    CHECK(printed({{"a", {{"b", 1}}}, {"c", json::array({1, 2})}}) == "a:\n  b  1\nc  1, 2\n");
    CHECK(printed({{"apps", {{{"app", "a"}, {"push_settings", {{"b", "c"}, {"d", "e"}}}}}}}) ==
          "app  push_settings\na    b=c, d=e\n");
    CHECK(printed({{"app", "a"}, {"push_settings", json::object()}}) ==
          "app            a\npush_settings  -\n");
}

TEST_CASE("an error goes to people on standard error, to programs as an object", "[app]") {
    {
        const Captured out(std::cout), error(std::cerr);
        printError("there is none", false);
        CHECK(error.text() == "postbell: there is none\n");
        CHECK(out.text().empty());
    }
    const Captured out(std::cout);
    printError("there is none", true);
    CHECK(json::parse(out.text())["error"]["title"] == "there is none");
}
