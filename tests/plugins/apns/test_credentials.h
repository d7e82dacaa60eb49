// SPDX-License-Identifier: Apache-2.0
// Keys and certificates like Apple's, made when a test runs.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "openssl_handles.h"

namespace postbell::apns::testing {

/// 2026-01-01T00:00:00Z, and a day.
inline constexpr std::int64_t kNow = 1'767'225'600'000;
inline constexpr std::int64_t kDay = 86'400'000;

KeyHandle newEcKey(const char* curve = "P-256");
KeyHandle newRsaKey();
KeyHandle newEd25519Key();

std::string pemKey(EVP_PKEY& key);                               ///< PKCS#8, as a .p8 file
std::string pemKey(EVP_PKEY& key, const std::string& password);  ///< encrypted
std::string derKey(EVP_PKEY& key);
std::string pemPublicKey(EVP_PKEY& key);

/// What a test wants in a certificate. The default is a universal push certificate of
/// com.example.mail.
struct CertificateWish {
    std::string common_name = "Apple Push Services: com.example.mail";
    std::string user_id = "com.example.mail";
    bool development = true;
    bool production = true;
    bool voip = false;
    std::vector<std::pair<std::string, std::string>> topics;  ///< name and kind
    std::string raw_topics;  ///< in place of `topics`: the extension's value
    std::int64_t from_ms = kNow - 30 * kDay;
    std::int64_t until_ms = kNow + 365 * kDay;
    /// Whose key signs; null: its own.
    X509* issuer = nullptr;
    EVP_PKEY* issuer_key = nullptr;
};
CertificateHandle newCertificate(const CertificateWish& wish, EVP_PKEY& key);
/// An authority's, signed by `issuer`, or by itself.
CertificateHandle newAuthority(const std::string& common_name, EVP_PKEY& key,
                               X509* issuer = nullptr, EVP_PKEY* issuer_key = nullptr);

/// Encrypted as `openssl pkcs8 -topk8` of OpenSSL 1.0 did: MD5 and DES.
std::string pemKeyOfOldTool(EVP_PKEY& key, const std::string& password);
/// Encrypted by a header, as `openssl genrsa -des` did.
std::string pemKeyWithHeader(EVP_PKEY& key, const std::string& password);
/// Encrypted, with an iteration count that takes minutes.
std::string pemKeyOfEndlessDerivation(EVP_PKEY& key, const std::string& password);

std::string pemCertificate(X509& certificate);
std::string derCertificate(X509& certificate);

/// The value of Apple's topics extension.
std::string derTopics(const std::vector<std::pair<std::string, std::string>>& topics);

enum class P12Ciphers {
    Modern,      ///< AES-256-CBC, PBKDF2: OpenSSL 3's default
    TripleDes,   ///< what Keychain Access writes for the key
    Rc2And3Des,  ///< RC2-40 for the certificate, 3DES for the key: Keychain Access and OpenSSL 1
    NoMac,       ///< Modern, but nothing proves the password
    Plain        ///< neither encrypted nor protected
};
/// `key` or `certificate` may be null.
std::string p12(EVP_PKEY* key, X509* certificate, const std::string& password,
                P12Ciphers ciphers = P12Ciphers::Modern, int iterations = 2048);

/// Whatever goes into a PKCS#12 file, in this order.
std::string p12Of(const std::vector<EVP_PKEY*>& keys, const std::vector<X509*>& certificates,
                  const std::string& password);
/// p12() whose MAC says that it is PBMAC1 (RFC 9579).
std::string p12WithPbmac1(EVP_PKEY& key, X509& certificate, const std::string& password);

}  // namespace postbell::apns::testing
