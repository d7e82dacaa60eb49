// SPDX-License-Identifier: Apache-2.0
// A certificate with its private key, for mutual TLS.
#pragma once
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string_view>
#include <vector>

#include "util/openssl.h"

namespace postbell::engine {

/// Immutable after load().
struct TlsIdentity {
    util::OpenSslPtr<X509> certificate;
    util::OpenSslPtr<EVP_PKEY> key;
    std::vector<util::OpenSslPtr<X509>> chain;

    /// From PEM: one private key without a password, its certificate, and the chain above that.
    /// Throws std::runtime_error with a sentence: a part is missing or cannot be read, or this
    /// machine's OpenSSL does not present it (a short key, SHA-1).
    static std::shared_ptr<const TlsIdentity> load(std::string_view pem);

    /// Connections of `context` present it from now on. Throws as load() does.
    void presentBy(SSL_CTX& context) const;
};

}  // namespace postbell::engine
