// SPDX-License-Identifier: Apache-2.0
#include "util/regular_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

using postbell::util::readRegularFile;

TEST_CASE("a path to no regular file is refused at once, with a sentence") {
    const auto folder = std::filesystem::temp_directory_path() /
                        ("postbell-regular-file-" + std::to_string(::getpid()));
    std::filesystem::create_directory(folder);
    const auto problem = [](const std::filesystem::path& file) {
        return readRegularFile(file, 100).problem();
    };
    const auto pipe = folder / "pipe", plain = folder / "plain";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    std::ofstream(plain) << std::string(100, 'x');

    CHECK(problem(folder) == "is a folder, and no file");
    CHECK(problem(pipe) == "is not a regular file, but a pipe, a socket or a device");
    CHECK(problem("/dev/zero") == "is not a regular file, but a pipe, a socket or a device");
    CHECK(problem(folder / "gone") == "cannot be read: No such file or directory");
    CHECK((*readRegularFile(plain, 100)).bytes == std::string(100, 'x'));
    CHECK(readRegularFile(plain, 99).problem() == "is larger than 99 bytes");
    std::filesystem::remove_all(folder);
}
