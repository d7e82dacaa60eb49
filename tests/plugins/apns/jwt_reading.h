// SPDX-License-Identifier: Apache-2.0
// Reads JWTs as Apple does, with none of the plugin's code.
#pragma once
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace postbell::apns::testing {

struct JwtParts {
    std::string header;
    std::string claims;
    std::string signature;
    std::string signed_text;
};

inline std::string decodeBase64Url(std::string text) {
    for (char& c : text) {
        if (c == '+' || c == '/' || c == '=') throw std::runtime_error("not base64url");
        if (c == '-') c = '+';
        if (c == '_') c = '/';
    }
    const std::size_t padding = (4 - text.size() % 4) % 4;
    text.append(padding, '=');
    std::vector<unsigned char> out(text.size() / 4 * 3);
    const int length =
        EVP_DecodeBlock(out.data(), reinterpret_cast<const unsigned char*>(text.data()),
                        static_cast<int>(text.size()));
    if (length < 0) throw std::runtime_error("not base64url");
    return {reinterpret_cast<const char*>(out.data()), static_cast<std::size_t>(length) - padding};
}

inline JwtParts splitJwt(const std::string& token) {
    const std::size_t first = token.find('.');
    const std::size_t second = token.find('.', first + 1);
    if (second == std::string::npos || token.find('.', second + 1) != std::string::npos)
        throw std::runtime_error("a JWT has three parts");
    return {decodeBase64Url(token.substr(0, first)),
            decodeBase64Url(token.substr(first + 1, second - first - 1)),
            decodeBase64Url(token.substr(second + 1)), token.substr(0, second)};
}

inline bool verifies(const JwtParts& jwt, EVP_PKEY& key) {
    if (jwt.signature.size() != 64) return false;
    const auto* raw = reinterpret_cast<const unsigned char*>(jwt.signature.data());
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> signature(ECDSA_SIG_new(),
                                                                          &ECDSA_SIG_free);
    ECDSA_SIG_set0(signature.get(), BN_bin2bn(raw, 32, nullptr), BN_bin2bn(raw + 32, 32, nullptr));
    unsigned char der[128];
    unsigned char* end = der;
    const int length = i2d_ECDSA_SIG(signature.get(), &end);
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> digest(EVP_MD_CTX_new(),
                                                                         &EVP_MD_CTX_free);
    return EVP_DigestVerifyInit(digest.get(), nullptr, EVP_sha256(), nullptr, &key) == 1 &&
           EVP_DigestVerify(digest.get(), der, static_cast<std::size_t>(length),
                            reinterpret_cast<const unsigned char*>(jwt.signed_text.data()),
                            jwt.signed_text.size()) == 1;
}

}  // namespace postbell::apns::testing
