// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>
#include <vector>

namespace postbell::apns {

/// A block of RFC 7468. Borrows from the file's text.
struct PemBlock {
    std::string_view label;  ///< "CERTIFICATE", "EC PRIVATE KEY"
    std::string_view text;   ///< from its first line to the next block

    bool isCertificate() const;
    /// Encrypted or not. OpenSSH's keys are none.
    bool isPrivateKey() const;
    bool isPublicKey() const;
    bool isRequest() const;
    /// By PKCS#8, or in the older way by a header.
    bool isEncrypted() const;
};

std::vector<PemBlock> pemBlocks(std::string_view content);

}  // namespace postbell::apns
