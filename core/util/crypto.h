// SPDX-License-Identifier: Apache-2.0
// The few cryptographic operations of the core, on OpenSSL. All throw std::runtime_error if OpenSSL
// fails.
#pragma once
#include <string>
#include <string_view>

namespace postbell::util {

std::string sha256(std::string_view data);                            ///< 32 bytes
std::string hmacSha256(std::string_view key, std::string_view data);  ///< 32 bytes
std::string randomBytes(std::size_t count);
/// An unguessable URL-safe text of 256 bits: secrets and callback tokens.
std::string randomToken();
/// An unguessable URL-safe text of 128 bits, for ids that are not secrets. Never begins with '-':
/// on a command line it would look like an option.
std::string randomId();
/// Compares without telling by its time where the difference is; different lengths are unequal.
bool equalConstantTime(std::string_view a, std::string_view b);

/// AES-256-GCM. `key` has 32 bytes; `context` is authenticated with the text, so that a sealed
/// value cannot be moved to another place. Result: 12 bytes nonce, ciphertext, 16 bytes tag.
std::string aesGcmSeal(std::string_view key, std::string_view plain, std::string_view context);
/// Throws std::runtime_error if the key or the context is another one, or a byte was changed.
std::string aesGcmOpen(std::string_view key, std::string_view sealed, std::string_view context);

}  // namespace postbell::util
