// SPDX-License-Identifier: Apache-2.0
// A certificate with its private key, as .p12 or PEM.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "openssl_handles.h"

namespace postbell::apns {

/// The contents of a file, before a check whether they belong together.
struct Contents {
    std::vector<CertificateHandle> certificates;
    std::vector<KeyHandle> keys;
    std::string problem;  ///< a sentence for the admin if the file could not be opened
};

/// The certificate to push with, and a sentence for the admin if it cannot be used; both may be
/// there.
struct Identity {
    CertificateHandle certificate;
    std::string problem;
};

/// From PEM. An encrypted key is opened with `password`.
Identity readPem(std::string_view content, std::string_view password);

/// Chooses the certificate that the private key belongs to; without a key, the first.
Identity chooseIdentity(Contents contents);

}  // namespace postbell::apns
