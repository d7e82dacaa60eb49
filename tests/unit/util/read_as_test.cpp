// SPDX-License-Identifier: Apache-2.0
#include "util/read_as.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "support/temporary_folder.h"

using postbell::util::isDenied;

TEST_CASE("root can tell which files another user may read, and loses no right of its own") {
    if (::geteuid() != 0) return;  // no other may try
    constexpr uid_t kUser = 4242;
    const postbell::testing::TemporaryFolder folder;
    ::chmod(folder.path().c_str(), 0755);
    const std::string file = folder.file("tls.key");
    std::ofstream(file) << "key";

    ::chmod(file.c_str(), 0644);
    CHECK_FALSE(isDenied(file, kUser));
    ::chmod(file.c_str(), 0600);
    CHECK(isDenied(file, kUser));
    REQUIRE(::chown(file.c_str(), kUser, 0) == 0);
    CHECK_FALSE(isDenied(file, kUser));
    CHECK(isDenied(file, kUser + 1));
    ::chmod(folder.path().c_str(), 0700);
    CHECK(isDenied(file, kUser));
    CHECK_FALSE(isDenied(folder.file("none"), 0));

    CHECK(std::ifstream(file).good());
}
