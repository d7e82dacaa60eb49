// SPDX-License-Identifier: Apache-2.0
#include "engine/tls_identity.h"

#include <catch2/catch.hpp>

#include <string>

#include "support/rsa_numbers.h"
#include "support/test_certificates.h"

using postbell::engine::TlsIdentity;
using namespace postbell::test;
using Catch::Matchers::Contains;

TEST_CASE("an identity is read from PEM in any order, with its chain", "[engine]") {
    const TestAuthority authority;
    const auto pem = authority.issue("com.example.mail", "");

    const auto identity = TlsIdentity::load(authority.certificate() + pem.certificate + pem.key);

    CHECK(X509_check_private_key(identity->certificate.get(), identity->key.get()) == 1);
    CHECK(identity->chain.size() == 1);
}

TEST_CASE("a file that is no identity is refused with a sentence that says why", "[engine]") {
    const TestAuthority authority;
    const auto pem = authority.issue("com.example.mail", "");
    const auto other = authority.issue("com.example.other", "");

    for (const std::string& none : {std::string(), std::string("hello"), pem.certificate})
        CHECK_THROWS_WITH(TlsIdentity::load(none), Contains("no private key"));
    CHECK_THROWS_WITH(TlsIdentity::load(pem.key), Contains("no certificate that belongs"));
    CHECK_THROWS_WITH(TlsIdentity::load(pem.key + other.certificate),
                      Contains("no certificate that belongs"));
    const std::string broken = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    CHECK_THROWS_WITH(TlsIdentity::load(broken + pem.certificate), Contains("cannot be read"));
}

TEST_CASE("a certificate that OpenSSL does not present is refused when it is read, by name",
          "[engine]") {
    const TestAuthority authority;
    const auto sha1 = authority.issueWeak("com.example.sha1", Weakness::Sha1);
    const auto short_key = authority.issueWeak("com.example.short", Weakness::ShortKey);
    const auto good = authority.issue("com.example.mail", "");

    CHECK_THROWS_WITH(TlsIdentity::load(sha1.key + sha1.certificate),
                      Contains("\"com.example.sha1\": it is signed with SHA1"));
    CHECK_THROWS_WITH(TlsIdentity::load(short_key.key + short_key.certificate),
                      Contains("\"com.example.short\": its key has only 1024 bits"));
    for (const CertificatePem& weak : {sha1, short_key})
        CHECK_THROWS_WITH(TlsIdentity::load(good.key + good.certificate + weak.certificate),
                          Contains("certificate above the credential's own, \"com.example.s"));
}

TEST_CASE("an identity that was cut short is refused and never crashes", "[engine]") {
    const TestAuthority authority;
    const auto pem = authority.issue("com.example.mail", "");
    const std::string whole = pem.key + pem.certificate;

    for (std::size_t size = 0; size + 40 < whole.size(); size += 37)
        CHECK_THROWS_AS(TlsIdentity::load(whole.substr(0, size)), std::runtime_error);
}

TEST_CASE("a key that takes the loop long to sign with is refused", "[engine]") {
    CHECK_THROWS_WITH(TlsIdentity::load(mersenneKey(4423, 9689).pem()),
                      Contains("has 14112 bits, or numbers of odd lengths: a signature"));
    RsaNumbers swapped = mersenneKey(1279, 2203);
    BN_swap(swapped.e.get(), swapped.d.get());
    CHECK_THROWS_WITH(TlsIdentity::load(swapped.pem()),
                      Contains("a public exponent of 64 bits at most"));
    CHECK_THROWS_WITH(TlsIdentity::load(mersenneKey(1279, 2203).pem()),
                      Contains("no certificate that belongs"));
}
