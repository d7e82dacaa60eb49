// SPDX-License-Identifier: Apache-2.0
// Message encryption for Web Push (RFC 8291), the content coding aes128gcm (RFC 8188).
#pragma once
#include <array>
#include <string>
#include <string_view>

#include "subscription.h"

namespace postbell::webpush {

inline constexpr std::size_t kSaltBytes = 16;

/// What a push server must take in a body (RFC 8030, 7.2), less the header, the delimiter and the
/// tag.
inline constexpr std::size_t kMaxPlaintext = 4096 - 86 - 1 - 16;

/// What must be fresh for each message (RFC 8291, 3.1; RFC 8188, 2.1).
struct Fresh {
    kit::KeyHandle key;  ///< a key pair on P-256
    std::array<char, kSaltBytes> salt;

    /// Of chance. Throws std::runtime_error.
    static Fresh make();
};

/// The whole body, one record. Zeros behind the delimiter make `plaintext` as long as `padded` says
/// (RFC 8188, 2); it is at most `padded` long, and that is at most kMaxPlaintext. Throws
/// std::runtime_error if OpenSSL fails.
std::string encrypt(std::string_view plaintext, std::size_t padded,
                    const Subscription& subscription, const Fresh& fresh);

}  // namespace postbell::webpush
