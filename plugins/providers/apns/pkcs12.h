// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "identity_file.h"

namespace postbell::apns {

/// Opens a PKCS#12 file (RFC 7292). Files that ask for endless key derivation are refused.
IdentityFile readPkcs12(std::string_view content, std::string_view password,
                        OldCiphers old_ciphers = OldCiphers::Load);

}  // namespace postbell::apns
