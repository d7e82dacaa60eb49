// SPDX-License-Identifier: Apache-2.0
#include "util/p256_key.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/pem.h>

#include <array>
#include <stdexcept>
#include <string_view>

#include "util/codec.h"
#include "util/openssl.h"

namespace postbell::util {
namespace {

constexpr std::size_t kPointBytes = 65;

std::string pemOf(EVP_PKEY& key) {
    const OpenSslPtr<BIO> memory(BIO_new(BIO_s_secmem()));
    char* text = nullptr;
    if (!memory || PEM_write_bio_PKCS8PrivateKey(memory.get(), &key, nullptr, nullptr, 0, nullptr,
                                                 nullptr) != 1)
        throw std::runtime_error("OpenSSL cannot write a private key");
    const long size = BIO_get_mem_data(memory.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

std::string pointOf(const EVP_PKEY& key) {
    std::array<unsigned char, kPointBytes> point{};
    std::size_t size = 0;
    if (EVP_PKEY_get_octet_string_param(&key, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, point.data(),
                                        point.size(), &size) != 1 ||
        size != point.size())
        throw std::runtime_error("OpenSSL cannot write a public key");
    return base64UrlEncode({reinterpret_cast<const char*>(point.data()), point.size()});
}

}  // namespace

P256Key newP256Key() {
    const OpenSslPtr<EVP_PKEY> key(EVP_EC_gen("P-256"));
    if (!key) throw std::runtime_error("OpenSSL makes no key on P-256");
    return {pemOf(*key), pointOf(*key)};
}

}  // namespace postbell::util
