// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <openssl/asn1.h>
#include <openssl/x509.h>

#include <cstdint>

namespace postbell::apns {

/// Adds up the iterations that opening a PKCS#12 file takes: the file names them, so a hostile one
/// can ask for hours.
class KeyDerivationCost {
  public:
    /// `iterations` absent: 1. False if it is no number or the sum is too much.
    bool add(const ASN1_INTEGER* iterations);
    /// Of password-based encryption (RFC 8018: PBES1, PBES2 with PBKDF2; RFC 7914: scrypt; RFC
    /// 7292, appendix C). An unknown scheme adds nothing: OpenSSL refuses it.
    bool add(const X509_ALGOR& scheme);

  private:
    bool addPbes2(const PBE2PARAM& scheme);
    bool add(std::int64_t iterations);

    // A second or two of work; today's tools use 2,048 to 600,000 iterations, three times a file.
    static constexpr std::int64_t kMax = 3'000'000;
    std::int64_t sum_ = 0;
};

}  // namespace postbell::apns
