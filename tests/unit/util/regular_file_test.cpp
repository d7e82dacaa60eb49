// SPDX-License-Identifier: Apache-2.0
#include "util/regular_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "support/service_user.h"

using postbell::util::isTrustedOwner;
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

TEST_CASE("a file of another user is not trusted, and root trusts the service's user as well") {
    constexpr uid_t kRoot = 0, kService = 107, kOther = 4242;
    for (const uid_t self : {kRoot, kService, kOther}) {
        CHECK(isTrustedOwner(kRoot, self, kService));
        CHECK(isTrustedOwner(self, self, kService));
        CHECK_FALSE(isTrustedOwner(kOther + 1, self, kService));
    }
    CHECK(isTrustedOwner(kService, kRoot, kService));
    CHECK_FALSE(isTrustedOwner(kService, kOther, kService));
    CHECK_FALSE(isTrustedOwner(kOther, kRoot, kRoot));
}

TEST_CASE("root trusts whom it is told to be the service's user") {
    postbell::util::FileContent content;
    content.status.st_uid = 4242;
    CHECK_FALSE(content.ownerIsTrusted());
    const postbell::testing::ServiceUser service(4242);
    CHECK(content.ownerIsTrusted() == (::geteuid() == 0));
}
