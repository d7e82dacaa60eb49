// SPDX-License-Identifier: Apache-2.0
// The kind of an uploaded file, seen from its outside: nothing is decrypted.
#pragma once
#include <cstddef>
#include <string_view>

namespace postbell::apns {

/// Real files have 257 bytes (.p8) to some 10 kB (.p12 with its chain).
inline constexpr std::size_t kMaxFileBytes = 64 * 1024;

enum class FileKind {
    Empty,
    TooBig,
    SigningKey,    ///< a private key alone, PEM or DER
    EncryptedKey,  ///< the same, encrypted
    PublicKey,
    PemIdentity,  ///< PEM with a certificate; the private key may be missing
    Pkcs12,
    BareCertificate,  ///< .cer: a certificate in DER, which has no place for a private key
    CertificateRequest,
    ProvisioningProfile,
    ServiceAccount,  ///< FCM's credential
    GoogleServices,  ///< an Android app's Firebase config
    Json,
    Unknown,
};

FileKind kindOf(std::string_view content);

}  // namespace postbell::apns
