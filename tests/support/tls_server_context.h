// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "support/test_certificates.h"
#include "util/openssl.h"

namespace postbell::test {

/// Of a server that chooses the protocol `alpn`, or none if that is empty, and with a `client_ca`
/// (PEM) demands a certificate of this authority. `alpn` outlives the context.
util::OpenSslPtr<SSL_CTX> tlsServerContext(const CertificatePem& pem, const std::string& alpn,
                                           const std::string& client_ca);

}  // namespace postbell::test
