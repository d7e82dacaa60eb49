// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <openssl/types.h>

#include <cstddef>
#include <string>

namespace postbell::util {

struct TrustedFile {
    /// Empty: done; else the end of a sentence that begins with the file: "is a folder, and no
    /// file".
    std::string problem;
    /// Certificates whose public key cannot be read: it is of a kind that OpenSSL does not know, or
    /// there was no memory. They are not trusted.
    std::size_t unread_keys = 0;
};

/// Has `store` trust the certificates, and heed the revocation lists, of a PEM file.
TrustedFile trustFile(X509_STORE& store, const std::string& file);

}  // namespace postbell::util
