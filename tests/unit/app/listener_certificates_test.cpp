// SPDX-License-Identifier: Apache-2.0
#include "app/listener_certificates.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <string>

#include "support/failing_new.h"
#include "support/temporary_folder.h"
#include "support/test_certificates.h"
#include "util/clock.h"
#include "util/insist.h"

using namespace postbell;
using Catch::Matchers::Contains;
using std::chrono::days;

namespace {

/// A mailbox listener with a certificate of a test's authority, and a log that can be read.
struct Bench {
    explicit Bench(const std::string& names = "DNS:listener.example.com", int good_days = 60) {
        config.name = "mailbox";
        config.address = "127.0.0.1:0";
        config.public_url = "https://listener.example.com";
        config.tls_certificate = folder.file("tls.pem");
        config.tls_key = folder.file("tls.key");
        renew(names, good_days);
        listener = std::make_unique<app::Listener>(config, net::Handler(), heartbeats, log);
        certificates.add(*listener);
        news();
    }
    void renew(const std::string& names, int good_days = 60) const {
        const test::CertificatePem pem = authority.issue("listener", names, good_days);
        std::ofstream(config.tls_certificate) << pem.certificate << authority.certificate();
        std::ofstream(config.tls_key) << pem.key;
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
    /// The lines of a look so much later.
    std::string look(util::Milliseconds later = {}) {
        certificates.look(now + later);
        return news();
    }
    /// Of two looks: files that were changed are used at the second.
    std::string twoLooks() { return look() + look(); }
    std::string served() const { return certificates.served().front().fingerprint; }
    /// Listeners whose certificate was not looked at yet.
    std::ptrdiff_t unread() const {
        return std::ranges::count_if(certificates.served(),
                                     [](const auto& each) { return each.fingerprint.empty(); });
    }
    std::string held() const { return app::certificateOf(config, {}, now).fingerprint; }

    testing::TemporaryFolder folder;
    test::TestAuthority authority;
    config::ListenerConfig config;
    config::EgressConfig egress;
    util::Heartbeats heartbeats;
    log::Log log{{log::Level::Info, log::Format::Text, folder.file("log")}};
    std::unique_ptr<app::Listener> listener;
    app::ListenerCertificates certificates{egress, log};
    util::WallTime now = util::SystemClock().wall();

  private:
    std::size_t read_ = 0;
};

}  // namespace

TEST_CASE("a good certificate is worth no line, and its end is known") {
    Bench bench;
    CHECK(bench.look().empty());
    const auto served = bench.certificates.served().front();
    CHECK(served.listener == "mailbox");
    CHECK(served.fingerprint == bench.held());
    CHECK(served.expires > bench.now + days(59));
    CHECK(served.renew_from == served.expires - app::kEndsSoon);
}

TEST_CASE("a renewed certificate is served once its files stay as they are") {
    Bench bench;
    bench.look();
    const std::string before = bench.served();
    bench.renew("DNS:listener.example.com", 90);

    CHECK(bench.look().empty());
    CHECK(bench.served() == before);
    CHECK_THAT(bench.look(), Contains("a renewed certificate is served"));
    CHECK(bench.served() == bench.held());
    CHECK(bench.served() != before);
    CHECK(bench.twoLooks().empty());
}

TEST_CASE("a renewed pair that cannot be used is kept out, and said once") {
    const auto [spoil, word] = GENERATE(table<void (*)(Bench&), std::string>(
        {{[](Bench& b) { std::ofstream(b.config.tls_certificate) << "no certificate"; },
          "holds no certificate"},
         {[](Bench& b) {
              const auto other = b.authority.issue("listener", "DNS:listener.example.com");
              std::ofstream(b.config.tls_certificate) << other.certificate;
          },
          "does not belong to the certificate"},
         {[](Bench& b) { std::filesystem::remove(b.config.tls_key); }, "cannot be read"},
         {[](Bench& b) { b.renew("DNS:listener.example.com", -1); }, "expired at"},
         {[](Bench& b) { b.renew("DNS:another.example.com"); }, "does not name"}}));
    Bench bench;
    bench.look();
    const std::string before = bench.served();

    spoil(bench);

    CHECK_THAT(bench.twoLooks(), Contains(word));
    CHECK(bench.twoLooks().empty());
    CHECK(bench.served() == before);
    bench.renew("DNS:listener.example.com", 90);
    CHECK_THAT(bench.twoLooks(), Contains("a renewed certificate is served"));
}

TEST_CASE("not even a reload puts a pair that clients would refuse in the place of a good one") {
    Bench bench;
    bench.look();
    const std::string before = bench.served();
    bench.renew("DNS:another.example.com");

    CHECK_FALSE(bench.certificates.reload(bench.now));

    CHECK_THAT(bench.news(), Contains("it keeps the one that it has") &&
                                 Contains("does not name listener.example.com"));
    CHECK(bench.served() == before);
}

TEST_CASE("a reload serves a pair with a fault in the place of one with a fault") {
    Bench bench("DNS:another.example.com");
    bench.look();
    bench.renew("DNS:another.example.com");
    CHECK(bench.certificates.reload(bench.now));
    CHECK(bench.served() == bench.held());
}

TEST_CASE("a renewed pair whose time has not come is served once it has") {
    Bench bench;
    const util::Milliseconds before = -days(3);
    bench.look(before);
    bench.renew("DNS:listener.example.com");
    bench.look(before);
    CHECK_THAT(bench.look(before), Contains("it keeps the one that it has"));

    CHECK_THAT(bench.look(), Contains("a renewed certificate is served"));
    CHECK(bench.served() == bench.held());
}

TEST_CASE("a renewed pair that has lost its issuers is kept out, unless an admin reloads") {
    Bench bench;
    bench.look();
    const std::string before = bench.served();
    const test::CertificatePem pem =
        bench.authority.issue("listener", "DNS:listener.example.com", 60);
    std::ofstream(bench.config.tls_certificate) << pem.certificate;
    std::ofstream(bench.config.tls_key) << pem.key;

    CHECK_THAT(bench.twoLooks(), Contains("it keeps the one that it has"));
    CHECK(bench.served() == before);
    CHECK(bench.certificates.reload(bench.now));
    CHECK(bench.served() == bench.held());
}

TEST_CASE("a reload of files that cannot be used keeps the old ones, in one line each time") {
    Bench bench;
    bench.look();
    const std::string before = bench.served();
    std::ofstream(bench.config.tls_certificate) << "no certificate";

    for (int i = 0; i < 2; ++i) {
        CHECK_FALSE(bench.certificates.reload(bench.now));
        const std::string news = bench.news();
        CHECK_THAT(news, Contains("TLS files cannot be used"));
        CHECK(std::count(news.begin(), news.end(), '\n') == 1);
    }
    CHECK(bench.twoLooks().empty());
    CHECK(bench.served() == before);
}

TEST_CASE("want of memory at one listener keeps no other from being looked at") {
    std::size_t failed = 0;
    for (std::size_t after = 0; after < 60; ++after) {
        Bench bench;
        app::Listener behind(bench.config, net::Handler(), bench.heartbeats, bench.log);
        bench.certificates.add(behind);

        testing::failAllocations(after, 1);
        const bool ended = util::succeeds([&] { bench.certificates.look(bench.now); });
        failed += testing::endOfFailures();

        CHECK(ended);
        CHECK(bench.unread() <= 1);
        bench.certificates.look(bench.now);
        CHECK(bench.unread() == 0);
    }
    CHECK(failed > 0);
}

TEST_CASE("the fault of a certificate at the start is told once") {
    Bench bench("DNS:another.example.com");
    CHECK_THAT(bench.look(), Contains("clients refuse the listener's certificate"));
    CHECK(bench.twoLooks().empty());
}

TEST_CASE("a certificate's end is announced ever more urgently, once each time") {
    Bench bench("DNS:listener.example.com", 24);
    CHECK(bench.look().empty());
    CHECK(bench.look(days(15)).empty());  // of 25 days of life, eight are the last third
    CHECK_THAT(bench.look(days(16)), Contains("expires soon"));
    CHECK(bench.look(days(17) - std::chrono::hours(1)).empty());
    CHECK_THAT(bench.look(days(18)), Contains("expires soon"));
    CHECK_THAT(bench.look(days(25)), Contains("expired") && !Contains("expires soon"));
}

TEST_CASE("a certificate of six days is no news until a third of them is left") {
    Bench bench("DNS:listener.example.com", 5);  // of which one is over
    CHECK(bench.look().empty());
    CHECK(bench.look(std::chrono::hours(71)).empty());
    CHECK_THAT(bench.look(std::chrono::hours(96)), Contains("expires soon"));
}
