// SPDX-License-Identifier: Apache-2.0
// Service accounts as Google hands them out, made with none of the plugin's code.
#pragma once
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

namespace postbell::fcm::testing {

constexpr std::int64_t kNow = 1'767'225'600'000;  // 2026-01-01T00:00:00Z

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

inline Key newRsaKey(unsigned bits) {
    return {EVP_RSA_gen(bits), &EVP_PKEY_free};
}

inline std::string pemOf(EVP_PKEY& key) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), &BIO_free);
    PEM_write_bio_PrivateKey(bio.get(), &key, nullptr, nullptr, 0, nullptr, nullptr);
    char* text = nullptr;
    const long length = BIO_get_mem_data(bio.get(), &text);
    return {text, static_cast<std::size_t>(length)};
}

/// One for all tests: making it takes longer than they do.
inline EVP_PKEY& googleKey() {
    static const Key key = newRsaKey(2048);
    return *key;
}

inline nlohmann::json accountJson() {
    return {{"type", "service_account"},
            {"project_id", "mail-project-1"},
            {"private_key_id", "0123456789abcdef0123456789abcdef01234567"},
            {"private_key", pemOf(googleKey())},
            {"client_email", "postbell@mail-project-1.iam.gserviceaccount.com"},
            {"client_id", "112233445566778899000"},
            {"token_uri", "https://oauth2.googleapis.com/token"},
            {"universe_domain", "googleapis.com"}};
}

}  // namespace postbell::fcm::testing
