// SPDX-License-Identifier: Apache-2.0
#include "util/p256_key.h"

#include <catch2/catch.hpp>

#include <openssl/core_names.h>
#include <openssl/pem.h>

#include "util/codec.h"
#include "util/openssl.h"

using namespace postbell::util;

TEST_CASE("a new key's halves belong together, and no two keys are alike", "[util]") {
    const P256Key made = newP256Key();
    const OpenSslPtr<BIO> memory(
        BIO_new_mem_buf(made.pem.data(), static_cast<int>(made.pem.size())));
    const OpenSslPtr<EVP_PKEY> key(
        PEM_read_bio_PrivateKey(memory.get(), nullptr, nullptr, nullptr));

    REQUIRE(key);
    CHECK(made.pem.rfind("-----BEGIN PRIVATE KEY-----", 0) == 0);
    unsigned char point[65];
    std::size_t size = 0;
    REQUIRE(EVP_PKEY_get_octet_string_param(key.get(), OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, point,
                                            sizeof point, &size) == 1);
    CHECK(base64UrlDecode(made.public_key) ==
          std::string(reinterpret_cast<const char*>(point), size));
    CHECK(newP256Key().public_key != made.public_key);
}
