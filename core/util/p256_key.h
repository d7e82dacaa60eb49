// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

namespace postbell::util {

/// A key pair on the curve P-256.
struct P256Key {
    std::string pem;         ///< the private half: PKCS#8, not encrypted. A secret
    std::string public_key;  ///< the uncompressed point (SEC 1, 2.3.3) in base64url, 87 characters
};

/// Of chance. Throws std::runtime_error if OpenSSL fails.
P256Key newP256Key();

}  // namespace postbell::util
