// SPDX-License-Identifier: Apache-2.0
#include "net/server_certificate.h"

#include <chrono>

#include <catch2/catch.hpp>

#include "support/test_certificates.h"
#include "util/clock.h"

using namespace postbell;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

/// A listener's files, with a certificate of a test's authority.
struct Files {
    test::TestAuthority authority;
    test::CertificatePem pem;
    test::TemporaryFile certificate, key, roots;

    explicit Files(const std::string& names, bool with_issuer = true, int days = 30)
        : pem(authority.issue("listener.example.com", names, days)),
          certificate(pem.certificate + (with_issuer ? authority.certificate() : "")),
          key(pem.key),
          roots(authority.certificate()) {}

    net::ServerCertificate inspect(const std::string& host, const std::string& ca_file = {},
                                   util::Milliseconds later = 0ms) const {
        const util::WallTime now = util::SystemClock().wall() + later;
        return net::inspectServerCertificate(certificate.path(), key.path(), host, ca_file, now);
    }
};

}  // namespace

TEST_CASE("a certificate that names the host, with its issuer, is well", "[net]") {
    const Files files("DNS:listener.example.com,IP:127.0.0.1");
    for (const char* host : {"listener.example.com", "LISTENER.example.com", "127.0.0.1", ""}) {
        const auto found = files.inspect(host);
        CHECK(found.faults.empty());
        CHECK(found.doubts.empty());
        CHECK(util::isSet(found.expires));
    }
}

TEST_CASE("a certificate that does not name the host is refused by every client", "[net]") {
    const Files files("DNS:other.example.org,DNS:*.example.com");
    for (const char* host : {"listener.example.net", "a.b.example.com", "127.0.0.1"}) {
        const auto found = files.inspect(host);
        REQUIRE(found.faults.size() == 1);
        CHECK_THAT(found.faults.front(),
                   Contains(std::string("does not name ") + host + ", the host of public_url"));
    }
    CHECK(files.inspect("listener.example.com").faults.empty());
}

TEST_CASE("the subject's common name is no name of a host", "[net]") {
    const Files files("");
    const auto found = files.inspect("listener.example.com");
    REQUIRE(found.faults.size() == 1);
    CHECK_THAT(found.faults.front(), Contains("has no subjectAltName"));
}

TEST_CASE("a leaf without its issuer is doubted unless the issuer is trusted here", "[net]") {
    const Files files("DNS:listener.example.com", false);
    const auto found = files.inspect("listener.example.com");
    CHECK(found.faults.empty());
    REQUIRE(found.doubts.size() == 1);
    CHECK_THAT(found.doubts.front(), Contains("holds the certificate alone") && Contains("issuer"));
    CHECK(files.inspect("listener.example.com", files.roots.path()).doubts.empty());
}

TEST_CASE("times are held against the given one", "[net]") {
    const Files files("DNS:listener.example.com");
    const auto over = files.inspect("listener.example.com", {}, 40 * 24h);
    REQUIRE_FALSE(over.faults.empty());
    CHECK_THAT(over.faults.front(), Contains("which expired at"));
    const auto early = files.inspect("listener.example.com", {}, -400 * 24h);
    REQUIRE_FALSE(early.faults.empty());
    CHECK_THAT(early.faults.front(), Contains("valid only from"));
}
