// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "identity_file.h"

namespace postbell::apns {

/// Where to look for ciphers such as RC2-40, with which Keychain Access and old tools encrypt.
enum class OldCiphers { Load, Leave };

/// Opens a PKCS#12 file (RFC 7292). OpenSSL's legacy provider is loaded into a library context of
/// this call's own, so that the process's is not disturbed. Files that ask for endless key
/// derivation are refused.
Identity readPkcs12(std::string_view content, std::string_view password,
                    OldCiphers old_ciphers = OldCiphers::Load);

}  // namespace postbell::apns
