// SPDX-License-Identifier: Apache-2.0
#include "log/line_format.h"

#include <catch2/catch.hpp>

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>

#include "util/printable.h"

using namespace postbell::log;

namespace {

std::string lineOf(Format format, Level level, std::string_view text,
                   std::initializer_list<Field> fields) {
    return formatLine(format, level, text, fields.begin(), fields.size());
}

/// A line of text without the time, which comes first.
std::string textOf(Level level, std::string_view text, std::initializer_list<Field> fields = {}) {
    const std::string line = lineOf(Format::Text, level, text, fields);
    REQUIRE(line.size() > 28);
    CHECK(line[10] == 'T');
    CHECK(line.substr(26, 2) == "Z ");
    return line.substr(28);
}

std::string inJson(std::string_view text) {
    std::string out;
    appendJsonString(out, text);
    return out;
}

}  // namespace

TEST_CASE("a line of text has the time, the level, the sentence and the fields", "[log]") {
    CHECK(textOf(Level::Info, "listening",
                 {{"listener", "mailbox"}, {"port", 8444}, {"why", "not known"}}) ==
          "info listening listener=mailbox port=8444 why=\"not known\"");
    CHECK(textOf(Level::Error, "it ended", {{"empty", ""}, {"quote", "a\"b"}, {"negative", -1}}) ==
          "error it ended empty=\"\" quote=\"a\\\"b\" negative=-1");
}

TEST_CASE("a line of JSON is one object with the same content", "[log]") {
    const auto line =
        nlohmann::json::parse(lineOf(Format::Json, Level::Warning, "a \"quoted\"\nsentence",
                                     {{"port", 8444}, {"why", "line\nbreak"}}));
    CHECK(line["level"] == "warning");
    CHECK(line["message"] == "a \"quoted\"\nsentence");
    CHECK(line["port"] == 8444);
    CHECK(line["why"] == "line\nbreak");
    CHECK(line["time"].get<std::string>().ends_with('Z'));
}

TEST_CASE("a remote party's text neither begins a line nor steers a terminal", "[log]") {
    const std::string line =
        textOf(Level::Info, "it said: x\r\n2026-01-01 info forged \x1b[2J \xc2\x9b \xe2\x80\xae",
               {{"field", "y\nforged=1 \x1b[2J"}, {"other", "z\xe2\x80\xae"}, {"del", "\x7f"}});
    CHECK(postbell::util::isPrintable(line));
    CHECK(line.find("other=\"z\\u202e\" del=\"\\u007f\"") != std::string::npos);
    CHECK(line.find("field=\"y\\nforged=1 \\u001b[2J\"") != std::string::npos);
}

TEST_CASE("bytes that are not UTF-8 do not break JSON", "[log]") {
    CHECK(inJson("b\xc3\xbc") == "\"b\xc3\xbc\"");
    CHECK(inJson("\xff") == "\"\\ufffd\"");
    CHECK(inJson("").size() == 2);
}
