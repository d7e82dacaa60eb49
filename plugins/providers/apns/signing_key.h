// SPDX-License-Identifier: Apache-2.0
// Apple's token signing key (AuthKey_....p8): PKCS#8, EC on P-256.
#pragma once
#include <string>
#include <string_view>

#include "openssl_handles.h"

namespace postbell::apns {

/// A key, or a sentence for the admin that says what is wrong with it.
struct SigningKeyFile {
    KeyHandle key;
    std::string problem;
};

/// Reads a file of FileKind::SigningKey.
SigningKeyFile readSigningKey(std::string_view content);

/// The fault of the settings key-id and team-id; empty if there is none.
std::string checkKeySettings(std::string_view key_id, std::string_view team_id);

/// ECDSA with SHA-256 in JWT's form, r and s of 32 bytes each (RFC 7518, 3.4). Throws
/// std::runtime_error.
std::string signEs256(EVP_PKEY& key, std::string_view message);

}  // namespace postbell::apns
