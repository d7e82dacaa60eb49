// SPDX-License-Identifier: Apache-2.0
// Certificates with their private keys, as .p12 or PEM.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "library_context.h"
#include "openssl_handles.h"

namespace postbell::apns {

/// The contents of a file, keys and certificates not yet matched.
struct Contents {
    std::vector<CertificateHandle> certificates;
    std::vector<KeyHandle> keys;
    std::string problem;  ///< a sentence for the admin if the file could not be opened
};

/// A certificate of a file, with its private key if the file has it.
struct Identity {
    CertificateHandle certificate;
    std::string pem;      ///< key, certificate and the chain above it; empty: there is no key
    std::string problem;  ///< a sentence for the admin if there is no key
};

/// `problem`: a sentence for the admin if the file cannot be used; its certificates may be there
/// all the same.
struct IdentityFile {
    std::vector<Identity> identities;
    std::string problem;
};

/// From PEM. Encrypted keys are opened with `password`.
IdentityFile readPem(std::string_view content, std::string_view password,
                     OldCiphers old_ciphers = OldCiphers::Load);

/// Finds the private key of each certificate.
IdentityFile identitiesIn(Contents contents);

}  // namespace postbell::apns
