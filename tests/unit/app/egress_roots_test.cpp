// SPDX-License-Identifier: Apache-2.0
#include "app/egress_roots.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "support/temporary_folder.h"
#include "support/test_certificates.h"

using namespace postbell;
using Catch::Matchers::Contains;

namespace {

/// A `ca_file` that is not there yet, and a log that can be read.
struct Bench {
    testing::TemporaryFolder folder;
    config::EgressConfig egress{"", folder.file("roots.pem")};
    log::Log log{{log::Level::Info, log::Format::Text, folder.file("log")}};
    app::EgressRoots roots{egress, log};

    /// The lines of a look.
    std::string look() {
        roots.look();
        return news();
    }
    /// The lines since the last call.
    std::string news() {
        log.flush();
        std::ifstream in(folder.file("log"));
        const std::string all{std::istreambuf_iterator<char>(in), {}};
        std::string fresh = all.substr(read_);
        read_ = all.size();
        return fresh;
    }

  private:
    std::size_t read_ = 0;
};

}  // namespace

TEST_CASE(
    "trusted certificates that are missing at the start are an error, once, until they come") {
    Bench bench;
    CHECK_THAT(bench.look(), Contains("no push network") && Contains(bench.egress.ca_file));
    CHECK(bench.look().empty());

    std::ofstream(bench.egress.ca_file) << test::TestAuthority().certificate();

    CHECK_THAT(bench.look(), Contains("were read again"));
    CHECK(bench.look().empty());
}

TEST_CASE("trusted certificates that become unusable are an error, and the old ones stay in use") {
    Bench bench;
    std::ofstream(bench.egress.ca_file) << test::TestAuthority().certificate();
    CHECK(bench.look().empty());

    std::filesystem::remove(bench.egress.ca_file);

    CHECK_THAT(bench.look(), Contains("those before stay in use"));
    CHECK(bench.look().empty());
}

TEST_CASE("an admin who reloads hears again of trusted certificates that cannot be used") {
    Bench bench;
    bench.look();
    CHECK_FALSE(bench.roots.reload());
    CHECK_THAT(bench.news(), Contains(bench.egress.ca_file));

    std::ofstream(bench.egress.ca_file) << test::TestAuthority().certificate();

    CHECK(bench.roots.reload());
    CHECK_THAT(bench.news(), Contains("were read again"));
}
