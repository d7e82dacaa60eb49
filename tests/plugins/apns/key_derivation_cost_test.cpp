// SPDX-License-Identifier: Apache-2.0
#include "key_derivation_cost.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <catch2/catch.hpp>

#include <memory>

using postbell::apns::KeyDerivationCost;

namespace {

using Scheme = std::unique_ptr<X509_ALGOR, decltype(&X509_ALGOR_free)>;

Scheme pbkdf2(int iterations) {
    return {PKCS5_pbe2_set(EVP_aes_256_cbc(), iterations, nullptr, 0), X509_ALGOR_free};
}
Scheme scrypt(std::uint64_t n, std::uint64_t r, std::uint64_t p) {
    return {PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), nullptr, 0, nullptr, n, r, p),
            X509_ALGOR_free};
}

}  // namespace

TEST_CASE("key derivation as today's tools ask for it is affordable", "[apns]") {
    KeyDerivationCost cost;
    for (const Scheme& scheme : {pbkdf2(600'000), scrypt(16'384, 8, 1), pbkdf2(2'048)})
        CHECK(cost.add(*scheme));
}

TEST_CASE("key derivation that takes hours is refused, whatever its scheme", "[apns]") {
    CHECK_FALSE(KeyDerivationCost().add(*pbkdf2(2'000'000'000)));
    CHECK_FALSE(KeyDerivationCost().add(*scrypt(32'768, 1, 200'000)));
    CHECK_FALSE(KeyDerivationCost().add(*scrypt(16'384, 1, 1'000)));
}

TEST_CASE("many keys in one file share what one may cost", "[apns]") {
    KeyDerivationCost cost;
    const Scheme each = scrypt(16'384, 8, 1);
    int affordable = 0;
    while (affordable < 1'000 && cost.add(*each)) ++affordable;
    CHECK(affordable == 22);
}
