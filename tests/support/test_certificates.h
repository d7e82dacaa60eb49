// SPDX-License-Identifier: Apache-2.0
// Certificates made while a test runs.
#pragma once
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace postbell::test {

struct CertificatePem {
    std::string certificate;
    std::string key;
};

enum class Weakness { Sha1, ShortKey };

/// An authority that issues certificates on P-256 keys. Throws std::runtime_error if OpenSSL fails.
class TestAuthority {
  public:
    TestAuthority();
    /// `alternative_names` as OpenSSL takes them: "DNS:localhost,IP:127.0.0.1".
    CertificatePem issue(const std::string& common_name, const std::string& alternative_names,
                         int days = 30) const;
    /// One that OpenSSL no longer presents.
    CertificatePem issueWeak(const std::string& common_name, Weakness weakness) const;
    const std::string& certificate() const { return pem_; }

  private:
    std::shared_ptr<EVP_PKEY> key_;
    std::shared_ptr<X509> certificate_;
    std::string pem_;
};

/// The private key `pem`, encrypted.
std::string encryptedKey(const std::string& pem, const std::string& password);

/// A file that is removed with this object.
class TemporaryFile {
  public:
    explicit TemporaryFile(std::string_view content);
    ~TemporaryFile();
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    std::string path() const { return path_.string(); }

  private:
    std::filesystem::path path_;
};

}  // namespace postbell::test
