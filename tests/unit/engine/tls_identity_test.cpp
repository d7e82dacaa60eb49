// SPDX-License-Identifier: Apache-2.0
#include "engine/tls_identity.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include <catch2/catch.hpp>

#include <string>
#include <utility>

#include "postbell/kit/openssl.hpp"
#include "support/test_certificates.h"

using postbell::engine::TlsIdentity;
using namespace postbell::test;
using Catch::Matchers::Contains;

namespace {

using postbell::kit::Handle;
using Number = Handle<BIGNUM, &BN_free>;

Number number() {
    return Number(BN_new());
}

/// 2^exponent - 1, a prime for some exponents, which takes no time to find.
Number mersenne(int exponent) {
    Number prime = number();
    BN_set_bit(prime.get(), exponent);
    BN_sub_word(prime.get(), 1);
    return prime;
}

/// An RSA key of two Mersenne primes; `swapped`: the long exponent is the public one.
std::string rsaKeyPem(int first, int second, bool swapped) {
    const Number p = mersenne(first), q = mersenne(second), n = number(), e = number(),
                 d = number(), phi = number(), p1 = mersenne(first), q1 = mersenne(second),
                 dp = number(), dq = number(), coefficient = number();
    const Handle<BN_CTX, &BN_CTX_free> scratch(BN_CTX_new());
    BN_mul(n.get(), p.get(), q.get(), scratch.get());
    BN_set_word(e.get(), 65'537);
    BN_sub_word(p1.get(), 1);
    BN_sub_word(q1.get(), 1);
    BN_mul(phi.get(), p1.get(), q1.get(), scratch.get());
    REQUIRE(BN_mod_inverse(d.get(), e.get(), phi.get(), scratch.get()) != nullptr);
    if (swapped) BN_swap(e.get(), d.get());
    BN_mod(dp.get(), d.get(), p1.get(), scratch.get());
    BN_mod(dq.get(), d.get(), q1.get(), scratch.get());
    REQUIRE(BN_mod_inverse(coefficient.get(), q.get(), p.get(), scratch.get()) != nullptr);

    const Handle<OSSL_PARAM_BLD, &OSSL_PARAM_BLD_free> builder(OSSL_PARAM_BLD_new());
    const std::pair<const char*, const BIGNUM*> parts[] = {
        {OSSL_PKEY_PARAM_RSA_N, n.get()},
        {OSSL_PKEY_PARAM_RSA_E, e.get()},
        {OSSL_PKEY_PARAM_RSA_D, d.get()},
        {OSSL_PKEY_PARAM_RSA_FACTOR1, p.get()},
        {OSSL_PKEY_PARAM_RSA_FACTOR2, q.get()},
        {OSSL_PKEY_PARAM_RSA_EXPONENT1, dp.get()},
        {OSSL_PKEY_PARAM_RSA_EXPONENT2, dq.get()},
        {OSSL_PKEY_PARAM_RSA_COEFFICIENT1, coefficient.get()}};
    for (const auto& [name, part] : parts) OSSL_PARAM_BLD_push_BN(builder.get(), name, part);
    const Handle<OSSL_PARAM, &OSSL_PARAM_free> parameters(OSSL_PARAM_BLD_to_param(builder.get()));
    const Handle<EVP_PKEY_CTX, &EVP_PKEY_CTX_free> context(
        EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
    EVP_PKEY* raw = nullptr;
    REQUIRE(EVP_PKEY_fromdata_init(context.get()) == 1);
    REQUIRE(EVP_PKEY_fromdata(context.get(), &raw, EVP_PKEY_KEYPAIR, parameters.get()) == 1);
    const postbell::kit::KeyHandle key(raw);
    const postbell::kit::BioHandle out(BIO_new(BIO_s_mem()));
    REQUIRE(PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) ==
            1);
    const char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

}  // namespace

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
    CHECK_THROWS_WITH(TlsIdentity::load(rsaKeyPem(4423, 9689, false)),
                      Contains("has 14112 bits: a signature would take too long"));
    CHECK_THROWS_WITH(TlsIdentity::load(rsaKeyPem(1279, 2203, true)),
                      Contains("a public exponent of 64 bits at most"));
    CHECK_THROWS_WITH(TlsIdentity::load(rsaKeyPem(1279, 2203, false)),
                      Contains("no certificate that belongs"));
}
