// SPDX-License-Identifier: Apache-2.0
#include "engine/tls_identity.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>

#include <algorithm>
#include <climits>
#include <stdexcept>

namespace postbell::engine {
namespace {

using Certificate = std::unique_ptr<X509, OpenSslFree>;
using Key = std::unique_ptr<EVP_PKEY, OpenSslFree>;

template <auto Function>
struct Free {
    template <class T>
    void operator()(T* p) const {
        Function(p);
    }
};
void freeCertificates(STACK_OF(X509) * stack) {
    sk_X509_pop_free(stack, X509_free);
}

using Bio = std::unique_ptr<BIO, Free<BIO_free>>;
using Pkcs12 = std::unique_ptr<PKCS12, Free<PKCS12_free>>;
using Library = std::unique_ptr<OSSL_LIB_CTX, Free<OSSL_LIB_CTX_free>>;
using Provider = std::unique_ptr<OSSL_PROVIDER, Free<OSSL_PROVIDER_unload>>;
using Certificates = std::unique_ptr<STACK_OF(X509), Free<freeCertificates>>;

// A library context of its own in which the old ciphers exist, the thread's default for its
// lifetime: the rest of the process goes on without RC2.
class LegacyScope {
  public:
    LegacyScope()
        : library_(OSSL_LIB_CTX_new()),
          default_(OSSL_PROVIDER_load(library_.get(), "default")),
          legacy_(OSSL_PROVIDER_load(library_.get(), "legacy")),
          previous_(OSSL_LIB_CTX_set0_default(library_.get())) {}
    ~LegacyScope() { OSSL_LIB_CTX_set0_default(previous_); }
    LegacyScope(const LegacyScope&) = delete;
    LegacyScope& operator=(const LegacyScope&) = delete;
    bool hasLegacy() const { return legacy_ != nullptr; }

  private:
    Library library_;
    Provider default_;
    Provider legacy_;
    OSSL_LIB_CTX* previous_;
};

// DER, so that what was read in the private context is made anew in the common one.
struct Parsed {
    std::vector<unsigned char> key;
    std::vector<std::vector<unsigned char>> certificates;
    ~Parsed() { OPENSSL_cleanse(key.data(), key.size()); }
};

template <class Object, class Encode>
std::vector<unsigned char> toDer(Object* object, Encode encode) {
    const int size = encode(object, nullptr);
    if (size <= 0) throw std::runtime_error("A part of the container cannot be read.");
    std::vector<unsigned char> der(static_cast<std::size_t>(size));
    unsigned char* out = der.data();
    encode(object, &out);
    return der;
}

void parsePkcs12(std::string_view content, const std::string& password, Parsed& parsed) {
    const LegacyScope scope;
    const auto* bytes = reinterpret_cast<const unsigned char*>(content.data());
    const Pkcs12 container(d2i_PKCS12(nullptr, &bytes, static_cast<long>(content.size())));
    if (!container) throw std::runtime_error("The file is neither PKCS#12 (.p12, .pfx) nor PEM.");
    if (PKCS12_mac_present(container.get()) == 1 &&
        PKCS12_verify_mac(container.get(), password.c_str(), static_cast<int>(password.size())) !=
            1 &&
        (!password.empty() || PKCS12_verify_mac(container.get(), nullptr, 0) != 1))
        throw std::runtime_error("The password does not open the PKCS#12 file.");

    EVP_PKEY* raw_key = nullptr;
    X509* raw_certificate = nullptr;
    STACK_OF(X509)* raw_chain = nullptr;
    const int ok =
        PKCS12_parse(container.get(), password.c_str(), &raw_key, &raw_certificate, &raw_chain);
    const Key key(raw_key);
    const Certificate certificate(raw_certificate);
    const Certificates chain(raw_chain);
    if (ok != 1)
        throw std::runtime_error(scope.hasLegacy()
                                     ? "The PKCS#12 file cannot be decrypted: its cipher is "
                                       "unknown, or the password is wrong."
                                     : "The PKCS#12 file cannot be decrypted: its cipher may be an "
                                       "old one, for which OpenSSL's "
                                       "legacy provider is missing on this machine.");
    if (key) parsed.key = toDer(key.get(), i2d_PrivateKey);
    if (certificate) parsed.certificates.push_back(toDer(certificate.get(), i2d_X509));
    for (int i = 0; chain && i < sk_X509_num(chain.get()); ++i)
        parsed.certificates.push_back(toDer(sk_X509_value(chain.get(), i), i2d_X509));
}

int givePassword(char* out, int size, int, void* password) {
    const auto& text = *static_cast<const std::string*>(password);
    if (text.size() > static_cast<std::size_t>(size)) return -1;
    text.copy(out, text.size());
    return static_cast<int>(text.size());
}

Key readPemKey(std::string_view content, std::string& password) {
    const Bio bio(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())));
    // The callback also keeps OpenSSL from asking on the terminal.
    Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, givePassword, &password));
    if (key) return key;
    if (content.find("PRIVATE KEY-----") == content.npos)
        throw std::runtime_error("The file has a certificate but no private key.");
    if (content.find("ENCRYPTED") != content.npos)
        throw std::runtime_error("The password does not open the private key in the PEM file.");
    throw std::runtime_error("The private key in the PEM file cannot be read.");
}

std::vector<Certificate> readPemCertificates(std::string_view content) {
    const Bio bio(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())));
    std::vector<Certificate> certificates;
    std::string none;
    while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, givePassword, &none))
        certificates.emplace_back(certificate);
    return certificates;
}

}  // namespace

std::shared_ptr<const TlsIdentity> TlsIdentity::load(std::string_view content,
                                                     std::string_view password) {
    if (content.size() > INT_MAX || password.size() > INT_MAX)
        throw std::runtime_error("The file is far too large for a certificate.");
    struct ErrorsCleared {
        ~ErrorsCleared() { ERR_clear_error(); }
    } errors_cleared;
    std::string secret(password);
    struct Cleansed {
        std::string& text;
        ~Cleansed() { OPENSSL_cleanse(text.data(), text.size()); }
    } cleansed{secret};

    auto identity = std::make_shared<TlsIdentity>();
    std::vector<Certificate> certificates;
    if (content.find("-----BEGIN ") != content.npos) {
        identity->key = readPemKey(content, secret);
        certificates = readPemCertificates(content);
    } else {
        Parsed parsed;
        parsePkcs12(content, secret, parsed);
        if (parsed.key.empty()) throw std::runtime_error("The PKCS#12 file has no private key.");
        const unsigned char* der = parsed.key.data();
        identity->key.reset(
            d2i_AutoPrivateKey(nullptr, &der, static_cast<long>(parsed.key.size())));
        if (!identity->key)
            throw std::runtime_error("The private key is of a kind that is not supported.");
        for (const auto& certificate : parsed.certificates) {
            der = certificate.data();
            certificates.emplace_back(
                d2i_X509(nullptr, &der, static_cast<long>(certificate.size())));
        }
    }

    const auto own =
        std::find_if(certificates.begin(), certificates.end(), [&](const Certificate& c) {
            return X509_check_private_key(c.get(), identity->key.get()) == 1;
        });
    if (own == certificates.end())
        throw std::runtime_error("The file has no certificate that belongs to its private key.");
    identity->certificate = std::move(*own);
    certificates.erase(own);
    identity->chain = std::move(certificates);
    return identity;
}

}  // namespace postbell::engine
