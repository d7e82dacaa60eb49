// SPDX-License-Identifier: Apache-2.0
// Whether a private key may be given to OpenSSL's readers, for plugins that link it. Of keys that
// are neither RSA nor of an elliptic curve (DSA, DH) these compute the public half: minutes, if a
// hostile file's numbers are long.
#pragma once
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <string_view>

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

}  // namespace postbell::kit
