// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <openssl/types.h>

#include <string>

namespace postbell::util {

/// Has `store` trust the certificates, and heed the revocation lists, of a PEM file. Empty: done;
/// else the end of a sentence that begins with the file: "is a folder, and no file".
std::string trustFile(X509_STORE& store, const std::string& file);

}  // namespace postbell::util
