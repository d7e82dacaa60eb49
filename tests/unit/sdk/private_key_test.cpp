// SPDX-License-Identifier: Apache-2.0
#include "postbell/kit/private_key.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <string>
#include <vector>

#include "support/rsa_numbers.h"

using namespace postbell::kit;

namespace {

using Bytes = std::vector<unsigned char>;

Bytes tagged(unsigned char tag, const Bytes& content) {
    Bytes out{tag};
    const std::size_t size = content.size();
    if (size < 128) {
        out.push_back(static_cast<unsigned char>(size));
    } else {
        out.push_back(0x83);
        for (const int shift : {16, 8, 0}) out.push_back(static_cast<unsigned char>(size >> shift));
    }
    out.insert(out.end(), content.begin(), content.end());
    return out;
}

Bytes joined(std::initializer_list<Bytes> parts) {
    Bytes out;
    for (const Bytes& part : parts) out.insert(out.end(), part.begin(), part.end());
    return out;
}

/// An odd number of so many bytes.
Bytes integer(std::size_t bytes) {
    Bytes content(bytes, 0x5b);
    return tagged(0x02, content);
}

/// A DSA key of PKCS#8, whose public half takes OpenSSL long to compute.
Bytes dsaKey(std::size_t bytes) {
    const Bytes dsa_oid{0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01};
    const Bytes parameters =
        tagged(0x30, joined({integer(bytes), integer(32), integer(bytes - 1)}));
    return tagged(0x30, joined({{0x02, 0x01, 0x00},
                                tagged(0x30, joined({dsa_oid, parameters})),
                                tagged(0x04, integer(bytes - 2))}));
}

std::string pem(const char* label, const Bytes& der) {
    const BioHandle out(BIO_new(BIO_s_mem()));
    REQUIRE(PEM_write_bio(out.get(), label, "", der.data(), static_cast<long>(der.size())) > 0);
    const char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

std::string pem(EVP_PKEY* key) {
    const KeyHandle owned(key);
    const BioHandle out(BIO_new(BIO_s_mem()));
    REQUIRE(PEM_write_bio_PrivateKey(out.get(), owned.get(), nullptr, nullptr, 0, nullptr,
                                     nullptr) == 1);
    const char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

}  // namespace

TEST_CASE("keys of the kinds that push networks take are quick to read", "[sdk]") {
    const std::string ec = pem(EVP_EC_gen("P-256")), rsa = pem(EVP_RSA_gen(2048));
    CHECK(areQuickToRead(ec));
    CHECK(areQuickToRead(rsa));
    CHECK(areQuickToRead("a comment\n" + ec + rsa));
    CHECK(areQuickToRead(pem("ENCRYPTED PRIVATE KEY", {0x30, 0x00})));
}

TEST_CASE("a text without a key, or with a damaged one, is quick to refuse", "[sdk]") {
    CHECK(areQuickToRead(""));
    CHECK(areQuickToRead("no PEM"));
    CHECK(areQuickToRead(pem("CERTIFICATE", {0x30, 0x00})));
    CHECK(areQuickToRead(pem("PRIVATE KEY", {0x30, 0x03, 0x02, 0x01})));
    CHECK(isQuickToRead(nullptr, 0));
}

TEST_CASE("a key whose public half has to be computed is found without computing it", "[sdk]") {
    const Bytes key = dsaKey(20'000);
    const auto begun = std::chrono::steady_clock::now();
    CHECK_FALSE(isQuickToRead(key.data(), static_cast<long>(key.size())));
    CHECK_FALSE(areQuickToRead(pem("PRIVATE KEY", key)));
    CHECK_FALSE(areQuickToRead(pem(EVP_EC_gen("P-256")) + pem("PRIVATE KEY", key)));
    CHECK_FALSE(areQuickToRead(pem("DSA PRIVATE KEY", {0x30, 0x00})));
    CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(1));
}

TEST_CASE("an RSA key is quick to use up to a length, whatever numbers stand in it") {
    using postbell::test::mersenneKey;
    using postbell::test::RsaNumbers;
    RsaNumbers key = mersenneKey(1279, 2203);

    SECTION("as it is usually made") {
        CHECK(isQuickToUse(*key.key()));
        CHECK(belongTogether(*key.key()));
    }
    SECTION("too long a modulus") {
        CHECK_FALSE(isQuickToUse(*mersenneKey(2203, 2281).key()));
    }
    SECTION("a long public exponent") {
        BN_swap(key.e.get(), key.d.get());
        CHECK_FALSE(isQuickToUse(*key.key()));
    }
    SECTION("a private number beyond the modulus") {
        RsaNumbers other = mersenneKey(1279, 2203);
        for (BIGNUM* const number : {other.d.get(), other.p.get(), other.q.get(), other.dp.get(),
                                     other.dq.get(), other.coefficient.get()}) {
            const postbell::test::Number before(BN_dup(number));
            BN_set_bit(number, 20'000);
            CHECK_FALSE(isQuickToUse(*other.key()));
            BN_copy(number, before.get());
        }
        CHECK(isQuickToUse(*other.key()));
    }
    SECTION("its public half alone") {
        unsigned char* der = nullptr;
        const int size = i2d_PUBKEY(key.key().get(), &der);
        const unsigned char* at = der;
        CHECK(isQuickToUse(*KeyHandle(d2i_PUBKEY(nullptr, &at, size))));
        OPENSSL_free(der);
    }
}

TEST_CASE("halves of different keys do not belong together") {
    postbell::test::RsaNumbers key = postbell::test::mersenneKey(1279, 2203);
    BN_add_word(key.n.get(), 2);
    CHECK_FALSE(belongTogether(*key.key()));
    CHECK(belongTogether(*KeyHandle(EVP_EC_gen("P-256"))));
}
