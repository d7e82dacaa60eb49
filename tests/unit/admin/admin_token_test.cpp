// SPDX-License-Identifier: Apache-2.0
#include "admin/admin_token.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "support/full_disk.h"
#include "support/store_fixture.h"

using namespace postbell;

TEST_CASE("the admin token is made once, for its owner alone, and read again") {
    const store::TemporaryDirectory directory;
    const std::string file = directory.path() / "admin.token";
    const std::string token = admin::readOrMakeToken(file);
    CHECK(token.size() >= 32);
    CHECK(admin::readOrMakeToken(file) == token);
    struct stat info {};
    REQUIRE(::stat(file.c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
}

TEST_CASE("a token file that is gone is written again, and read by nobody as a new one") {
    const store::TemporaryDirectory directory;
    const std::string file = directory.path() / "admin.token";
    CHECK_FALSE(admin::readToken(file));
    CHECK_FALSE(std::filesystem::exists(file));

    CHECK(admin::restoreToken(file, "the token of before"));
    CHECK_FALSE(admin::restoreToken(file, "another, which is longer"));

    CHECK(admin::readToken(file)->text == "the token of before");
}

TEST_CASE("a token that a full disk does not take leaves no file, and the next start makes one") {
    const store::TemporaryDirectory directory;
    const std::string file = directory.path() / "admin.token";
    {
        const testing::FullDisk full;
        CHECK_THROWS_WITH(admin::readOrMakeToken(file), Catch::Contains("cannot be made"));
    }
    CHECK(admin::readOrMakeToken(file).size() >= 32);
}

TEST_CASE("a token file of another user is refused, even for root") {
    if (::geteuid() != 0) return;  // no other may give a file away
    const store::TemporaryDirectory directory;
    const std::string file = directory.path() / "admin.token";
    const std::string token = admin::readOrMakeToken(file);
    REQUIRE(::chown(file.c_str(), 4242, 4242) == 0);
    CHECK_THROWS_WITH(admin::readToken(file), Catch::Contains("belongs to user id 4242"));
    CHECK(admin::readToken(file, util::TrustedOwners(4242))->text == token);
}

TEST_CASE("a folder in the token file's place is refused with a sentence") {
    const store::TemporaryDirectory directory;
    CHECK_THROWS_WITH(admin::readOrMakeToken(directory.path()),
                      Catch::Contains("is a folder, and no file"));
}

TEST_CASE("a token file that others may read, that is too short or that cannot be is refused") {
    const store::TemporaryDirectory directory;
    const std::string file = directory.path() / "admin.token";
    std::ofstream(file) << "0123456789abcdef\n";
    ::chmod(file.c_str(), 0640);
    CHECK_THROWS_WITH(admin::readOrMakeToken(file), Catch::Contains("can be read by others"));
    std::ofstream(file) << "short\n";
    ::chmod(file.c_str(), 0600);
    CHECK_THROWS_WITH(admin::readOrMakeToken(file), Catch::Contains("at least 16 characters"));
    CHECK_THROWS_WITH(admin::readOrMakeToken(directory.path() / "none" / "admin.token"),
                      Catch::Contains("cannot be made"));
}
