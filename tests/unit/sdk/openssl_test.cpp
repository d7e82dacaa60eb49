// SPDX-License-Identifier: Apache-2.0
#include "postbell/kit/openssl.hpp"

#include <openssl/pem.h>

#include <catch2/catch.hpp>

#include <string>

using namespace postbell::kit;

namespace {

/// A new private key in PEM, encrypted under "password".
std::string encryptedKey() {
    const KeyHandle key(EVP_EC_gen("P-256"));
    const BioHandle out(BIO_new(BIO_s_mem()));
    REQUIRE(PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), EVP_aes_256_cbc(), "password", 8,
                                          nullptr, nullptr) == 1);
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(out.get(), &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

}  // namespace

TEST_CASE("an encrypted key is refused, and no terminal is asked for its password", "[sdk]") {
    const ErrorQueueGuard guard;
    const std::string pem = encryptedKey();
    const BioHandle refused = readerOf(pem), read = readerOf(pem);
    std::string password = "password";

    CHECK_FALSE(KeyHandle(PEM_read_bio_PrivateKey(refused.get(), nullptr, noPassword, nullptr)));
    CHECK(KeyHandle(PEM_read_bio_PrivateKey(read.get(), nullptr, nullptr, password.data())));
}

TEST_CASE("a guard leaves the errors that were there before it, and none of its own", "[sdk]") {
    ERR_clear_error();
    ERR_raise(ERR_LIB_USER, 1);
    const unsigned long before = ERR_peek_last_error();
    {
        const ErrorQueueGuard guard;
        const BioHandle no_key = readerOf("this is no key");
        CHECK_FALSE(KeyHandle(PEM_read_bio_PrivateKey(no_key.get(), nullptr, noPassword, nullptr)));
        CHECK(ERR_peek_last_error() != before);
    }
    CHECK(ERR_get_error() == before);
    CHECK(ERR_get_error() == 0);
}
