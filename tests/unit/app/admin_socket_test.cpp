// SPDX-License-Identifier: Apache-2.0
#include "app/admin_socket.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <optional>

#include "app/admin_connection.h"
#include "support/store_fixture.h"

using namespace postbell;
using namespace postbell::app;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

struct Folder : store::TemporaryDirectory {
    const fs::path file = path() / "postbell.db.admin";
};

fs::path deepFolder(const fs::path& start) {
    fs::path deep = start;
    for (int i = 0; i < 5; ++i) deep /= std::string(60, 'd');
    fs::create_directories(deep);
    return deep;
}

mode_t modeOf(const fs::path& file) {
    struct stat status {};
    REQUIRE(::lstat(file.c_str(), &status) == 0);
    return status.st_mode & 07777;
}

/// As a gateway leaves it that was killed.
void leaveBehind(const fs::path& file) {
    const fs::path kept = fs::path(file).concat(".kept");
    {
        const AdminSocket ended(file);
        fs::create_hard_link(file, kept);
    }
    fs::rename(kept, file);
}

}  // namespace

TEST_CASE_METHOD(Folder, "a command reaches the gateway's socket, which is its owner's alone") {
    {
        AdminSocket socket(file);
        const util::FileDescriptor listening = socket.take();
        CHECK(modeOf(file) == 0600);
        CHECK_NOTHROW(connectToGateway(file, ::geteuid()));
    }
    CHECK_FALSE(fs::exists(file));
}

TEST_CASE_METHOD(Folder, "a folder may be deeper than an address is long, a name may not") {
    const fs::path deep = deepFolder(path()) / "postbell.db.admin";
    AdminSocket socket(deep);
    CHECK_NOTHROW(connectToGateway(deep, ::geteuid()));

    CHECK_THROWS_WITH(AdminSocket(path() / std::string(100, 'n')),
                      Contains("the database's name is too long"));
}

TEST_CASE_METHOD(Folder, "a socket that an ended gateway has left is replaced") {
    leaveBehind(file);
    CHECK_THROWS_WITH(connectToGateway(file, ::geteuid()), Contains("a gateway that was killed"));

    AdminSocket socket(file);
    CHECK_NOTHROW(connectToGateway(file, ::geteuid()));
}

TEST_CASE_METHOD(Folder, "a link or a file in the socket's place is neither removed nor followed") {
    const fs::path elsewhere = path() / "elsewhere.admin";
    AdminSocket other(elsewhere);
    fs::create_symlink(elsewhere, file);
    CHECK_THROWS_WITH(AdminSocket(file), Contains("a symbolic link has its place"));
    CHECK_THROWS_WITH(connectToGateway(file, ::geteuid()), Contains("the symbolic link"));
    CHECK(fs::is_symlink(file));

    fs::remove(file);
    std::ofstream(file) << "text";
    CHECK_THROWS_WITH(AdminSocket(file), Contains("a file that is no socket"));
    CHECK_THROWS_WITH(connectToGateway(file, ::geteuid()), Contains("which is none"));
    CHECK(fs::file_size(file) == 4);
}

TEST_CASE_METHOD(Folder, "a socket that took the place of this one is left alone") {
    std::optional<AdminSocket> first(file);
    fs::remove(file);
    const AdminSocket second(file);
    first.reset();
    CHECK(fs::exists(file));
}

TEST_CASE_METHOD(Folder, "a folder that is not there or takes no socket is said") {
    CHECK_THROWS_WITH(AdminSocket(path() / "none" / "postbell.db.admin"),
                      Contains("cannot be made: No such file"));
    CHECK_THROWS_WITH(AdminSocket("/proc/postbell.db.admin"), Contains("cannot be made"));
    CHECK_THROWS_WITH(connectToGateway(file, ::geteuid()), Contains("there is no admin socket"));
}

TEST_CASE_METHOD(Folder, "another user's socket is neither removed nor trusted") {
    constexpr uid_t kStranger = 65534;
    if (::geteuid() != 0) return;  // only root can give a file away
    leaveBehind(file);
    REQUIRE(::chown(file.c_str(), kStranger, kStranger) == 0);

    CHECK_THROWS_WITH(AdminSocket(file), Contains("a socket of user id 65534"));
    CHECK_THROWS_WITH(connectToGateway(file, ::geteuid()),
                      Contains("belongs to user id 65534") && Contains("Nothing was sent"));

    // The owner of the file that the token was read from has the token.
    CHECK_THROWS_WITH(connectToGateway(file, kStranger), Contains("no process answers"));
}
