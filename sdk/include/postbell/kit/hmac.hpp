// SPDX-License-Identifier: Apache-2.0
// Signatures of messages with a shared secret, for plugins that link OpenSSL.
#pragma once
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>

namespace postbell::kit {

namespace detail {

inline std::string hmac(const EVP_MD* digest, std::string_view key, std::string_view message) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> code{};
    unsigned length = 0;
    if (HMAC(digest, key.data(), static_cast<int>(key.size()),
             reinterpret_cast<const unsigned char*>(message.data()), message.size(), code.data(),
             &length) == nullptr)
        throw std::runtime_error("OpenSSL cannot sign");
    return {reinterpret_cast<const char*>(code.data()), length};
}

}  // namespace detail

/// RFC 2104 with SHA-256: 32 bytes. Compare it with equalConstantTime().
inline std::string hmacSha256(std::string_view key, std::string_view message) {
    return detail::hmac(EVP_sha256(), key, message);
}
/// With SHA-1, for protocols that know no other: 20 bytes.
inline std::string hmacSha1(std::string_view key, std::string_view message) {
    return detail::hmac(EVP_sha1(), key, message);
}

}  // namespace postbell::kit
