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

/// An authority that issues certificates on P-256 keys. Throws std::runtime_error if OpenSSL fails.
class TestAuthority {
  public:
    TestAuthority();
    /// `alternative_names` as OpenSSL takes them: "DNS:localhost,IP:127.0.0.1".
    CertificatePem issue(const std::string& common_name, const std::string& alternative_names,
                         int days = 30) const;
    const std::string& certificate() const { return pem_; }

  private:
    std::shared_ptr<EVP_PKEY> key_;
    std::shared_ptr<X509> certificate_;
    std::string pem_;
};

enum class Pkcs12Ciphers { Modern, Rc2 };

/// A PKCS#12 container; without a key if `pem.key` is empty.
std::string makePkcs12(const CertificatePem& pem, const std::string& password,
                       Pkcs12Ciphers ciphers);

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
