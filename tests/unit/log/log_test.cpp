// SPDX-License-Identifier: Apache-2.0
#include "log/log.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

#include "util/printable.h"

using namespace postbell::log;

namespace {

/// A file of its own, removed at the end.
class LogFile {
  public:
    LogFile()
        : path_(std::filesystem::temp_directory_path() /
                ("postbell-log-" + std::to_string(::getpid()))) {
        std::filesystem::remove(path_);
    }
    ~LogFile() { std::filesystem::remove(path_); }

    Settings settings(Level level, Format format) const { return {level, format, path_.string()}; }
    const std::filesystem::path& path() const { return path_; }
    std::vector<std::string> lines() const {
        std::ifstream in(path_);
        std::vector<std::string> lines;
        for (std::string line; std::getline(in, line);) lines.push_back(line);
        return lines;
    }

  private:
    std::filesystem::path path_;
};

/// Without the time, which comes first.
std::string afterTime(const std::string& line) {
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
    LogFile file;
    Log log(file.settings(Level::Debug, Format::Text));

    log.info("listening", {{"listener", "mailbox"}, {"port", 8444}, {"why", "not known"}});
    log.error("it ended", {{"empty", ""}, {"quote", "a\"b"}, {"negative", -1}});

    log.flush();
    const auto lines = file.lines();
    REQUIRE(lines.size() == 2);
    CHECK(afterTime(lines[0]) == "info listening listener=mailbox port=8444 why=\"not known\"");
    CHECK(afterTime(lines[1]) == "error it ended empty=\"\" quote=\"a\\\"b\" negative=-1");
}

TEST_CASE("a line of JSON is one object with the same in it", "[log]") {
    LogFile file;
    Log log(file.settings(Level::Debug, Format::Json));

    log.warning("a \"quoted\"\nsentence", {{"port", 8444}, {"why", "line\nbreak"}});

    log.flush();
    const auto lines = file.lines();
    REQUIRE(lines.size() == 1);
    const auto line = nlohmann::json::parse(lines[0]);
    CHECK(line["level"] == "warning");
    CHECK(line["message"] == "a \"quoted\"\nsentence");
    CHECK(line["port"] == 8444);
    CHECK(line["why"] == "line\nbreak");
    CHECK(line["time"].get<std::string>().ends_with('Z'));
}

TEST_CASE("what is below the level is not written", "[log]") {
    LogFile file;
    Log log(file.settings(Level::Warning, Format::Text));

    log.debug("debug");
    log.info("info");
    log.warning("warning");
    log.error("error");

    log.flush();
    CHECK_FALSE(log.enabled(Level::Info));
    CHECK(log.enabled(Level::Warning));
    CHECK(file.lines().size() == 2);
}

TEST_CASE("a remote party's text neither begins a line nor steers a terminal", "[log]") {
    LogFile file;
    Log log(file.settings(Level::Debug, Format::Text));

    log.info("it said: x\r\n2026-01-01 info forged \x1b[2J \xc2\x9b \xe2\x80\xae",
             {{"field", "y\nforged=1 \x1b[2J"}, {"other", "z\xe2\x80\xae"}, {"del", "\x7f"}});

    log.flush();
    const auto lines = file.lines();
    REQUIRE(lines.size() == 1);
    CHECK(postbell::util::isPrintable(lines[0]));
    CHECK(lines[0].find("other=\"z\\u202e\" del=\"\\u007f\"") != std::string::npos);
    CHECK(lines[0].find("field=\"y\\nforged=1 \\u001b[2J\"") != std::string::npos);
}

TEST_CASE("a reopened log goes on in a new file of the old name", "[log]") {
    LogFile file;
    Log log(file.settings(Level::Debug, Format::Text));
    const std::string moved = file.path().string() + ".1";
    log.info("before");
    log.flush();
    std::filesystem::rename(file.path(), moved);

    log.reopen();
    log.info("after");
    log.flush();

    const auto lines = file.lines();
    std::filesystem::remove(moved);
    REQUIRE(lines.size() == 1);
    CHECK(afterTime(lines[0]) == "info after");
}

TEST_CASE("bytes that are not UTF-8 do not break JSON", "[log]") {
    CHECK(inJson("b\xc3\xbc") == "\"b\xc3\xbc\"");
    CHECK(inJson("\xff") == "\"\\ufffd\"");
    CHECK(inJson("").size() == 2);
}
