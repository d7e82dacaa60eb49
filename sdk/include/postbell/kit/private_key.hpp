// SPDX-License-Identifier: Apache-2.0
// Whether a private key may be given to OpenSSL's readers, and then be used, for plugins that link
// it. Of keys that are neither RSA nor of an elliptic curve (DSA, DH) the readers compute the
// public half: minutes, if a hostile file's numbers are long. Of RSA each use takes time that such
// numbers choose.
#pragma once
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <string_view>
#include <vector>

#include "postbell/kit/openssl.hpp"

namespace postbell::kit {

/// A key of RFC 5208 (PKCS#8), not encrypted.
inline bool isQuickToRead(const PKCS8_PRIV_KEY_INFO& key) noexcept {
    const ASN1_OBJECT* kind = nullptr;
    if (PKCS8_pkey_get0(&kind, nullptr, nullptr, nullptr, &key) != 1) return false;
    switch (OBJ_obj2nid(kind)) {
        case NID_rsaEncryption:
        case NID_rsassaPss:
        case NID_X9_62_id_ecPublicKey:
        case NID_ED25519:
        case NID_ED448:
            return true;
        default:
            return false;
    }
}

/// In DER, with or without the frame of PKCS#8. Damaged ones are quick to refuse.
inline bool isQuickToRead(const unsigned char* der, long size) noexcept {
    const ErrorQueueGuard errors;
    const unsigned char* at = der;
    const Handle<PKCS8_PRIV_KEY_INFO, &PKCS8_PRIV_KEY_INFO_free> framed(
        d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, size));
    return !framed || isQuickToRead(*framed);
}

/// All private keys in a PEM text. Encrypted ones count as quick: what is in them shows once they
/// are decrypted.
inline bool areQuickToRead(std::string_view pem) {
    constexpr std::string_view kKey = "PRIVATE KEY";
    const ErrorQueueGuard errors;
    const BioHandle reader = readerOf(pem);
    char *name = nullptr, *header = nullptr;
    unsigned char* data = nullptr;
    long size = 0;
    bool quick = true;
    while (quick && PEM_read_bio(reader.get(), &name, &header, &data, &size) == 1) {
        const std::string_view label = name;
        if (label == kKey)
            quick = isQuickToRead(data, size);
        else if (label.size() > kKey.size() && label.substr(label.size() - kKey.size()) == kKey)
            quick = label == "RSA PRIVATE KEY" || label == "EC PRIVATE KEY" ||
                    label == "ENCRYPTED PRIVATE KEY";
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_clear_free(data, static_cast<std::size_t>(size));
    }
    return quick;
}

/// RSA signs in time that grows with the third power of the length: 4,096 bits take some
/// milliseconds. What Google, Apple and Microsoft hand out or ask for has 2,048.
inline constexpr int kMaxRsaBits = 4096;
/// Verifying, and making a signature safe against timing, takes time that grows with it; 65,537 is
/// what everybody uses.
inline constexpr int kMaxRsaExponentBits = 64;

/// Of an RSA key, or of its public half; -1: the key has no such number.
inline int bitsOf(const EVP_PKEY& rsa, const char* parameter) noexcept {
    const ErrorQueueGuard errors;
    BIGNUM* number = nullptr;
    if (EVP_PKEY_get_bn_param(&rsa, parameter, &number) != 1) return -1;
    const Handle<BIGNUM, &BN_clear_free> owned(number);
    return BN_num_bits(number);
}

/// Whether signing and verifying with an RSA key takes some milliseconds at most, whoever made it
/// up: a modulus of kMaxRsaBits of two factors, a public exponent of kMaxRsaExponentBits, and no
/// private number longer than the modulus. Does not look whether its numbers belong together.
inline bool isQuickToUse(const EVP_PKEY& rsa) noexcept {
    const int bits = bitsOf(rsa, OSSL_PKEY_PARAM_RSA_N);
    const int exponent_bits = bitsOf(rsa, OSSL_PKEY_PARAM_RSA_E);
    if (bits <= 0 || bits > kMaxRsaBits || exponent_bits <= 0 ||
        exponent_bits > kMaxRsaExponentBits || bitsOf(rsa, OSSL_PKEY_PARAM_RSA_FACTOR3) >= 0)
        return false;
    for (const char* parameter : {OSSL_PKEY_PARAM_RSA_D, OSSL_PKEY_PARAM_RSA_FACTOR1,
                                  OSSL_PKEY_PARAM_RSA_FACTOR2, OSSL_PKEY_PARAM_RSA_EXPONENT1,
                                  OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1})
        if (bitsOf(rsa, parameter) > bits) return false;
    return true;
}

/// The key's public half verifies what its private half signed, with SHA-256. In place of
/// EVP_PKEY_pairwise_check(), which for RSA also looks whether the factors are primes: seconds, if
/// they are long and were made up. Precondition: an EC key on a named curve, or an RSA key that
/// isQuickToUse().
inline bool belongTogether(EVP_PKEY& key) {
    constexpr unsigned char kMessage[] = "postbell";
    const ErrorQueueGuard errors;
    const DigestHandle signing(EVP_MD_CTX_new()), verifying(EVP_MD_CTX_new());
    std::size_t size = 0;
    if (!signing || !verifying ||
        EVP_DigestSignInit(signing.get(), nullptr, EVP_sha256(), nullptr, &key) != 1 ||
        EVP_DigestSign(signing.get(), nullptr, &size, kMessage, sizeof kMessage) != 1)
        return false;
    std::vector<unsigned char> signature(size);
    return EVP_DigestSign(signing.get(), signature.data(), &size, kMessage, sizeof kMessage) == 1 &&
           EVP_DigestVerifyInit(verifying.get(), nullptr, EVP_sha256(), nullptr, &key) == 1 &&
           EVP_DigestVerify(verifying.get(), signature.data(), size, kMessage, sizeof kMessage) ==
               1;
}

}  // namespace postbell::kit
