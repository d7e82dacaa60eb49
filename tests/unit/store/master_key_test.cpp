// SPDX-License-Identifier: Apache-2.0
#include "store/seal/master_key.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "support/access_list.h"
#include "support/temporary_folder.h"
#include "util/codec.h"
#include "util/crypto.h"

using namespace postbell;
using namespace postbell::store;
using Catch::Matchers::Contains;
using TemporaryDirectory = testing::TemporaryFolder;

namespace {

void write(const std::filesystem::path& file, const std::string& text, mode_t mode) {
    std::ofstream(file) << text;
    REQUIRE(::chmod(file.c_str(), mode) == 0);
}

mode_t modeOf(const std::filesystem::path& file) {
    struct stat status {};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    return status.st_mode & 07777u;
}

}  // namespace

TEST_CASE("a master key file is read only if nobody else can", "[store]") {
    const TemporaryDirectory directory;
    const std::filesystem::path file = directory.path() / "master.key";
    const std::string good = "idaYvPYnVstGOCsbvIf2U9mH5tpPUMlKNlZFC5JreGQ=\n";
    const std::string bytes = util::base64Decode(good).value();

    CHECK_THROWS_WITH(MasterKey::read(file), Contains("is missing") && Contains(file.string()));
    for (const mode_t mode : {0600u, 0400u}) {
        write(file, good, mode);
        CHECK(MasterKey::read(file).bytes() == bytes);
    }
    for (const mode_t mode : {0644u, 0640u, 0660u, 0700u}) {
        ::chmod(file.c_str(), mode);
        CHECK_THROWS_WITH(MasterKey::read(file), Contains("has mode 0"));
    }
    write(file, util::base64Encode("short"), 0600);
    CHECK_THROWS_WITH(MasterKey::read(file), Contains("has 5 bytes; it must have 32"));
    write(file, "not base64!", 0600);
    CHECK_THROWS_WITH(MasterKey::read(file), Contains("is not base64"));
    write(file, "", 0600);
    CHECK_THROWS_WITH(MasterKey::read(file), Contains("is empty"));
    write(file, std::string(5000, 'A'), 0600);
    CHECK_THROWS_WITH(MasterKey::read(file), Contains("larger than 1024 bytes"));
    CHECK_THROWS_WITH(MasterKey::read(directory.path()), Contains("is a folder"));
    CHECK_THROWS_WITH(MasterKey::parse("AAAA", "POSTBELL_MASTER_KEY"),
                      Contains("POSTBELL_MASTER_KEY"));
}

TEST_CASE("a key that no generator makes is refused, with the way to one that is made", "[store]") {
    std::string count(32, '\0'), words = count, halves = count;
    for (std::size_t i = 0; i < 32; ++i) {
        count[i] = static_cast<char>(200 + 3 * i);
        words[i] = static_cast<char>(i % 4 == 0 ? i * 37 : 0);
        halves[i] = static_cast<char>(128 + i % 24 * 29 % 127);
    }
    const auto [key, why] = GENERATE_COPY(table<std::string, std::string>({
        {std::string(32, '\0'), "repeat"},
        {std::string(32, 'k'), "text"},
        {"correct horse battery staple 123", "text"},
        {"0123456789abcdef0123456789ABCDEF", "text"},
        {halves, "repeat"},
        {count, "pattern"},
        {words, "pattern"},
    }));
    CHECK_THROWS_WITH(MasterKey::parse(util::base64Encode(key), "KEY"),
                      Contains(why) && Contains("postbell master-key new FILE"));
}

TEST_CASE("random keys are taken", "[store]") {
    for (int i = 0; i < 10'000; ++i)
        CHECK_NOTHROW(MasterKey::parse(util::base64Encode(util::randomBytes(32)), "KEY"));
}

TEST_CASE("a key that systemd hands to the service is read, and one that a group may read is not",
          "[store]") {
    const TemporaryDirectory directory;
    const std::filesystem::path file = directory.path() / "master.key";
    const MasterKey made = MasterKey::create(file);
    ::chmod(file.c_str(), 0400);
    if (!testing::admitService(file, ::geteuid())) {
        WARN("the file system of temporary files has no access control lists");
        return;
    }
    REQUIRE(modeOf(file) == 0440);
    CHECK(MasterKey::read(file).bytes() == made.bytes());

    REQUIRE(testing::admitService(file, ::geteuid() + 1));
    CHECK_THROWS_WITH(MasterKey::read(file), Contains("has mode 0440"));
}

TEST_CASE("a master key of another user is refused even for root", "[store]") {
    if (::geteuid() != 0) return;  // no other may give a file away
    const TemporaryDirectory directory;
    const std::filesystem::path file = directory.path() / "master.key";
    MasterKey::create(file);
    REQUIRE(::chown(file.c_str(), 4242, 4242) == 0);
    CHECK_THROWS_WITH(MasterKey::read(file), Contains("belongs to user id 4242"));
    CHECK_NOTHROW(MasterKey::read(file, util::TrustedOwners(4242)));
}

TEST_CASE("a new master key is private and overwrites nothing", "[store]") {
    const TemporaryDirectory directory;
    const std::filesystem::path file = directory.path() / "master.key";

    const MasterKey made = MasterKey::create(file);

    CHECK(modeOf(file) == 0600);
    CHECK(MasterKey::read(file).bytes() == made.bytes());
    CHECK_THROWS_WITH(MasterKey::create(file), Contains("exists and is not overwritten"));
    CHECK_THROWS_WITH(MasterKey::create(directory.path() / "no" / "key"),
                      Contains("cannot be created"));
}
