// SPDX-License-Identifier: Apache-2.0
#include "util/trusted_roots.h"

#include <sys/resource.h>

#include <catch2/catch.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "support/temporary_folder.h"
#include "support/test_certificates.h"
#include "util/insist.h"

using namespace postbell;
using Catch::Matchers::Contains;
using std::chrono::minutes;

namespace {

/// A file of roots that is not there yet.
struct RootsFile {
    testing::TemporaryFolder folder;
    std::string name = folder.file("roots.pem");
    util::TrustedRoots roots{name};
    util::RealTime now = util::realNow();

    void write(const std::string& content) const { std::ofstream(name) << content; }
    util::TrustedRoots::Store get() { return roots.get(now); }
};

}  // namespace

TEST_CASE("roots are read once in an hour, for as long as their file stays the same") {
    RootsFile file;
    file.write(test::TestAuthority().certificate());

    const auto first = file.get();

    file.now += minutes(59);
    CHECK(file.get() == first);
    file.now += minutes(1);
    const auto second = file.get();
    CHECK(second != first);
    file.write(test::TestAuthority().certificate() + test::TestAuthority().certificate());
    CHECK(file.get() != second);
}

TEST_CASE(
    "roots that could not be read for a moment are read again, though their file is the same") {
    RootsFile file;
    file.write(test::TestAuthority().certificate());
    rlimit before{};
    getrlimit(RLIMIT_NOFILE, &before);
    const rlimit none{0, before.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
    const bool read = util::succeeds([&] { file.get(); });
    setrlimit(RLIMIT_NOFILE, &before);
    CHECK_FALSE(read);
    CHECK_THAT(file.roots.problem(), Contains(file.name));

    file.now += minutes(1);
    CHECK(file.get() != nullptr);
}

TEST_CASE("the system's roots are read again after an hour") {
    util::TrustedRoots system("");
    const util::RealTime now = util::realNow();
    const auto first = system.get(now);

    CHECK(system.get(now + minutes(59)) == first);
    CHECK(system.get(now + minutes(60)) != first);
}

TEST_CASE("roots that could never be read are a sentence, until their file is there") {
    RootsFile file;
    for (int i = 0; i < 2; ++i) CHECK_THROWS_WITH(file.get(), Contains(file.name));

    file.write(test::TestAuthority().certificate());

    CHECK(file.get() != nullptr);
    CHECK(file.roots.problem().empty());
}

TEST_CASE("a file of roots that cannot be used leaves those before in use") {
    RootsFile file;
    file.write(test::TestAuthority().certificate());
    const auto first = file.get();

    for (const bool gone : {false, true}) {
        file.write("-----BEGIN CERTIFICATE-----\nMIIB");
        if (gone) std::filesystem::remove(file.name);

        CHECK(file.get() == first);
        CHECK_THAT(file.roots.problem(), Contains(file.name));
    }
}
