// SPDX-License-Identifier: Apache-2.0
#include "engine/tls_identity.h"

#include <openssl/pem.h>

#include <catch2/catch.hpp>

#include "support/test_certificates.h"

using postbell::engine::TlsIdentity;
using namespace postbell::test;
using Catch::Matchers::Contains;

namespace {

std::string encryptedPem(const CertificatePem& pem, const std::string& password) {
    BIO* in = BIO_new_mem_buf(pem.key.data(), static_cast<int>(pem.key.size()));
    EVP_PKEY* key = PEM_read_bio_PrivateKey(in, nullptr, nullptr, nullptr);
    BIO* out = BIO_new(BIO_s_mem());
    PEM_write_bio_PKCS8PrivateKey(out, key, EVP_aes_256_cbc(), password.data(),
                                  static_cast<int>(password.size()), nullptr, nullptr);
    char* data = nullptr;
    const auto size = static_cast<std::size_t>(BIO_ctrl(out, BIO_CTRL_INFO, 0, &data));
    std::string text(data, size);
    BIO_free(out);
    EVP_PKEY_free(key);
    BIO_free(in);
    return text + pem.certificate;
}

}  // namespace

TEST_CASE("an identity is read from PKCS#12, with modern and with old ciphers", "[engine]") {
    const TestAuthority authority;
    const auto pem = authority.issue("com.example.mail", "");
    const auto ciphers = GENERATE(Pkcs12Ciphers::Modern, Pkcs12Ciphers::Rc2);
    const auto password = GENERATE(as<std::string>{}, "secret", "");

    const auto identity = TlsIdentity::load(makePkcs12(pem, password, ciphers), password);

    CHECK(X509_check_private_key(identity->certificate.get(), identity->key.get()) == 1);
}

TEST_CASE("an identity is read from PEM in any order, with its chain, encrypted or not",
          "[engine]") {
    const TestAuthority authority;
    const auto pem = authority.issue("com.example.mail", "");

    const auto plain = TlsIdentity::load(authority.certificate() + pem.certificate + pem.key, "");
    const auto encrypted = TlsIdentity::load(encryptedPem(pem, "secret"), "secret");

    CHECK(X509_check_private_key(plain->certificate.get(), plain->key.get()) == 1);
    CHECK(plain->chain.size() == 1);
    CHECK(X509_check_private_key(encrypted->certificate.get(), encrypted->key.get()) == 1);
}

TEST_CASE("what is no identity is refused with a sentence that says why", "[engine]") {
    const TestAuthority authority;
    const auto pem = authority.issue("com.example.mail", "");
    const auto other = authority.issue("com.example.other", "");

    CHECK_THROWS_WITH(TlsIdentity::load(makePkcs12(pem, "secret", Pkcs12Ciphers::Rc2), "wrong"),
                      Contains("password"));
    CHECK_THROWS_WITH(
        TlsIdentity::load(makePkcs12({pem.certificate, ""}, "s", Pkcs12Ciphers::Modern), "s"),
        Contains("no private key"));
    CHECK_THROWS_WITH(TlsIdentity::load("hello", ""), Contains("neither PKCS#12"));
    CHECK_THROWS_WITH(TlsIdentity::load("", ""), Contains("neither PKCS#12"));
    CHECK_THROWS_WITH(TlsIdentity::load(pem.certificate, ""), Contains("no private key"));
    CHECK_THROWS_WITH(TlsIdentity::load(pem.key, ""), Contains("no certificate"));
    CHECK_THROWS_WITH(TlsIdentity::load(pem.key + other.certificate, ""),
                      Contains("no certificate that belongs"));
    CHECK_THROWS_WITH(TlsIdentity::load(encryptedPem(pem, "secret"), "wrong"),
                      Contains("password"));
    const std::string broken = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    CHECK_THROWS_WITH(TlsIdentity::load(broken + pem.certificate, ""), Contains("cannot be read"));
}

TEST_CASE("a PKCS#12 file that was cut short or changed is refused and never crashes", "[engine]") {
    const TestAuthority authority;
    const std::string whole =
        makePkcs12(authority.issue("com.example.mail", ""), "s", Pkcs12Ciphers::Modern);

    for (std::size_t size = 0; size < whole.size(); size += 37)
        CHECK_THROWS_AS(TlsIdentity::load(whole.substr(0, size), "s"), std::runtime_error);
    for (std::size_t at = 0; at < whole.size(); at += 53) {
        std::string changed = whole;
        changed[at] = static_cast<char>(changed[at] ^ 0x55);
        try {
            TlsIdentity::load(changed, "s");
        } catch (const std::runtime_error&) {
        }
    }
}
