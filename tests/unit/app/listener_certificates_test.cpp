// SPDX-License-Identifier: Apache-2.0
#include "app/listener_certificates.h"

#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>
#include <string>

#include "support/temporary_folder.h"
#include "support/test_certificates.h"
#include "util/clock.h"

using namespace postbell;
using Catch::Matchers::Contains;

namespace {

/// A mailbox listener with a certificate of a test's authority, and a log that can be read.
struct Bench {
    Bench() {
        config.registration.name = "registration";
        config.mailbox.name = "mailbox";
        config.admin.name = "admin";
        config.mailbox.public_url = "https://listener.example.com";
        config.mailbox.tls_certificate = folder.file("tls.pem");
        config.mailbox.tls_key = folder.file("tls.key");
        renew("DNS:listener.example.com");
    }
    void renew(const std::string& names, int days = 60) const {
        const test::CertificatePem pem = authority.issue("listener", names, days);
        std::ofstream(config.mailbox.tls_certificate) << pem.certificate << authority.certificate();
        std::ofstream(config.mailbox.tls_key) << pem.key;
    }
    /// The lines of a look so much later, and no older ones.
    std::string look(util::Milliseconds later = {}) {
        certificates.look(now + later);
        log.flush();
        std::ifstream in(folder.file("log"));
        const std::string all{std::istreambuf_iterator<char>(in), {}};
        std::string fresh = all.substr(read_);
        read_ = all.size();
        return fresh;
    }

    testing::TemporaryFolder folder;
    test::TestAuthority authority;
    config::Config config;
    log::Log log{{log::Level::Info, log::Format::Text, folder.file("log")}};
    app::ListenerCertificates certificates{config, log};
    util::WallTime now = util::SystemClock().wall();

  private:
    std::size_t read_ = 0;
};

}  // namespace

TEST_CASE("a good certificate is worth no line, and its end is known") {
    Bench bench;
    CHECK(bench.look().empty());
    const auto expiries = bench.certificates.expiries();
    CHECK(expiries.at("mailbox") > bench.now + std::chrono::days(59));
    CHECK_FALSE(util::isSet(expiries.at("admin")));
}

TEST_CASE("what clients refuse is said once, and again after a renewal that does not mend it") {
    Bench bench;
    bench.renew("DNS:another.example.com");
    CHECK_THAT(bench.look(), Contains("clients refuse the listener's certificate") &&
                                 Contains("does not name listener.example.com"));
    CHECK(bench.look().empty());

    bench.renew("DNS:listener.example.com");
    CHECK(bench.look().empty());
    bench.renew("DNS:another.example.com");
    CHECK_THAT(bench.look(), Contains("does not name listener.example.com"));
}

TEST_CASE("files that cannot be used are said once, and the known end stays") {
    Bench bench;
    bench.look();
    std::ofstream(bench.config.mailbox.tls_certificate) << "no certificate";
    CHECK_THAT(bench.look(), Contains("TLS files cannot be used"));
    CHECK(bench.look().empty());
    CHECK(util::isSet(bench.certificates.expiries().at("mailbox")));
}

TEST_CASE("a certificate's end is announced ever more urgently, once each time") {
    Bench bench;
    using std::chrono::days;
    CHECK(bench.look(days(20)).empty());
    CHECK_THAT(bench.look(days(31)), Contains("expires soon"));
    CHECK(bench.look(days(32)).empty());
    CHECK_THAT(bench.look(days(47)), Contains("expires soon"));
    CHECK_THAT(bench.look(days(61)), Contains("expired") && !Contains("expires soon"));
}
