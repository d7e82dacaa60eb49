// SPDX-License-Identifier: Apache-2.0
// The curve P-256, on which Web Push encrypts (RFC 8291, 3.1) and signs (RFC 8292, 2).
#pragma once
#include <string>
#include <string_view>

#include "postbell/kit/openssl.hpp"

namespace postbell::webpush {

/// An uncompressed point (SEC 1, 2.3.3), as both RFCs write public keys.
inline constexpr std::size_t kPointBytes = 65;
inline constexpr std::size_t kScalarBytes = 32;

/// Null for bytes that are no uncompressed point on the curve.
kit::KeyHandle publicKeyOf(std::string_view point);

/// Null where the two do not belong together.
kit::KeyHandle keyPairOf(std::string_view scalar, std::string_view point);

/// Of chance. Throws std::runtime_error.
kit::KeyHandle newKeyPair();

/// Whether this is a key on P-256 whose halves belong together.
bool isKeyPair(EVP_PKEY& key);

/// Throws std::runtime_error for a key on another curve.
std::string pointOf(EVP_PKEY& key);

/// ECDH (SP 800-56A, 5.7.1.2): 32 bytes. Throws std::runtime_error.
std::string sharedSecret(EVP_PKEY& own, EVP_PKEY& peer);

/// ECDSA with SHA-256 in JWT's form, r and s of 32 bytes each (RFC 7518, 3.4). Throws
/// std::runtime_error.
std::string signEs256(EVP_PKEY& key, std::string_view message);

}  // namespace postbell::webpush
