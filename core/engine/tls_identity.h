// SPDX-License-Identifier: Apache-2.0
// A certificate with its private key, for mutual TLS.
#pragma once
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace postbell::engine {

struct OpenSslFree {
    void operator()(X509* p) const { X509_free(p); }
    void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
};

/// Immutable after load().
struct TlsIdentity {
    std::unique_ptr<X509, OpenSslFree> certificate;
    std::unique_ptr<EVP_PKEY, OpenSslFree> key;
    std::vector<std::unique_ptr<X509, OpenSslFree>> chain;

    /// From PKCS#12 (old ciphers such as RC2-40 included, which OpenSSL 3 reads with its legacy
    /// provider) or PEM. Throws std::runtime_error with a sentence: a wrong password, no private
    /// key, neither format.
    static std::shared_ptr<const TlsIdentity> load(std::string_view content,
                                                   std::string_view password);
};

}  // namespace postbell::engine
