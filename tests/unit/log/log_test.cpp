// SPDX-License-Identifier: Apache-2.0
#include "log/log.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <vector>

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

}  // namespace

TEST_CASE("lines below the level are not written", "[log]") {
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
    CHECK(lines[0].ends_with(" info after"));
}
