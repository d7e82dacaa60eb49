// SPDX-License-Identifier: Apache-2.0
#include "log/log_output.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "support/temporary_folder.h"

using postbell::log::LogOutput;
using postbell::testing::TemporaryFolder;
using postbell::util::FileDescriptor;
using Result = LogOutput::Result;
using namespace std::chrono_literals;

namespace {

std::string content(const std::filesystem::path& file) {
    std::stringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

/// Writes as often as it takes; the last result if it is not Written.
Result writeAll(LogOutput& output, std::string_view lines) {
    Result result = Result::Written;
    while (!lines.empty() && result == Result::Written) result = output.write(lines, 1s);
    return result;
}

}  // namespace

TEST_CASE("the file is made for its owner alone, and lines are appended to it", "[log]") {
    const TemporaryFolder folder;
    const auto file = folder.path() / "gateway.log";
    for (const char* line : {"one\n", "two\n"}) {
        LogOutput output(file);
        REQUIRE(output.open());
        CHECK(writeAll(output, line) == Result::Written);
    }
    CHECK(content(file) == "one\ntwo\n");
    CHECK((std::filesystem::status(file).permissions() & std::filesystem::perms::all) ==
          (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
}

TEST_CASE("a file that cannot be opened leaves the one before open", "[log]") {
    const TemporaryFolder folder;
    const auto inner = folder.path() / "logs";
    std::filesystem::create_directory(inner);
    LogOutput output(inner / "gateway.log");
    REQUIRE(output.open());
    std::filesystem::rename(inner, folder.path() / "old");

    CHECK_FALSE(output.isThere());
    CHECK_FALSE(output.open());
    CHECK_THAT(output.problem(), Catch::Contains("cannot be opened: No such file or directory"));
    CHECK(output.isOpen());
    CHECK(writeAll(output, "still\n") == Result::Written);
    CHECK(content(folder.path() / "old" / "gateway.log") == "still\n");
}

TEST_CASE("a pipe without a reader's attention is busy after the caller's patience", "[log]") {
    const TemporaryFolder folder;
    const auto pipe = folder.path() / "pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    const FileDescriptor reader(::open(pipe.c_str(), O_RDONLY | O_NONBLOCK));
    LogOutput output(pipe);
    REQUIRE(output.open());
    const std::string line(99, 'x');
    std::string lines;
    for (int i = 0; i < 5'000; ++i) lines += line + "\n";
    std::string_view rest = lines;

    Result result = Result::Written;
    while (result == Result::Written) result = output.write(rest, 50ms);

    CHECK(result == Result::Busy);
    CHECK(rest.size() % 100 == 0);  // whole lines alone were written
    CHECK(rest.size() < lines.size());
}

TEST_CASE("a full disk is a failure with a sentence", "[log]") {
    LogOutput output("/dev/full");
    REQUIRE(output.open());
    std::string_view lines = "no room\n";
    CHECK(output.write(lines, 1s) == Result::Failed);
    CHECK_THAT(output.problem(), Catch::Contains("the log file /dev/full cannot be written") &&
                                     Catch::Contains("No space left on device"));
    CHECK(lines == "no room\n");
}
