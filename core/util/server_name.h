// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <openssl/types.h>

#include <string>

namespace postbell::util {

/// Has a check of certificates ask for `host` among the server's subjectAltName: a DNS name, or an
/// address if the host is one. The subject's common name means nothing (RFC 9525, 2). False:
/// OpenSSL has no memory for it.
bool requireServerName(X509_VERIFY_PARAM& check, const std::string& host);

}  // namespace postbell::util
