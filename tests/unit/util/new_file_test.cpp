// SPDX-License-Identifier: Apache-2.0
#include "util/new_file.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include <filesystem>
#include <string>

#include "support/full_disk.h"
#include "support/temporary_folder.h"
#include "util/regular_file.h"

using namespace postbell;
using namespace postbell::util;

TEST_CASE("a new file has its text and its mode, whatever the umask") {
    const testing::TemporaryFolder folder;
    const std::string file = folder.file("new");
    const mode_t before = ::umask(0777);
    const std::error_code error = writeNewFile(file, "a text\n", 0640);
    ::umask(before);

    CHECK_FALSE(error);
    const auto read = readRegularFile(file, 100);
    REQUIRE(read);
    CHECK(read->bytes == "a text\n");
    CHECK((read->status.st_mode & 07777u) == 0640);
}

TEST_CASE("a file that is there stays as it is") {
    const testing::TemporaryFolder folder;
    REQUIRE_FALSE(writeNewFile(folder.file("new"), "first", 0600));
    CHECK(writeNewFile(folder.file("new"), "second", 0600) == std::errc::file_exists);
    CHECK_FALSE(newFile(folder.file("new"), 0600));
    CHECK(readRegularFile(folder.file("new"), 100)->bytes == "first");
}

TEST_CASE("a text that the disk does not take leaves no file") {
    const testing::TemporaryFolder folder;
    std::error_code error;
    {
        const testing::FullDisk full;
        error = writeNewFile(folder.file("new"), "a text", 0600);
    }
    CHECK(error == std::errc::file_too_large);
    CHECK_FALSE(std::filesystem::exists(folder.file("new")));
}
