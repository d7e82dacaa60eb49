// SPDX-License-Identifier: Apache-2.0
#include "engine/tls_identity.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <climits>
#include <stdexcept>
#include <string>

#include "postbell/kit/private_key.hpp"
#include "util/printable.h"

namespace postbell::engine {
namespace {

using Certificate = util::OpenSslPtr<X509>;
using Key = util::OpenSslPtr<EVP_PKEY>;
using Bio = util::OpenSslPtr<BIO>;

/// The loop's TLS reads this thread's error queue.
struct ErrorsCleared {
    ~ErrorsCleared() { ERR_clear_error(); }
};

Bio readerOf(std::string_view bytes) {
    return Bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

/// In place of OpenSSL's own, which asks at the terminal.
int noPassword(char*, int, int, void*) {
    return -1;
}

constexpr char kUnknownKind[] =
    "The private key of the TLS identity is neither RSA nor of an elliptic curve.";

bool hasNamedCurve(const EVP_PKEY& key) {
    std::array<char, 64> name{};
    std::size_t size = 0;
    return EVP_PKEY_get_group_name(&key, name.data(), name.size(), &size) == 1;
}

/// The engine's loop signs with the key at each full handshake, and all pushes wait meanwhile.
/// Throws std::runtime_error with a sentence for the admin.
void requireQuick(const EVP_PKEY& key) {
    switch (EVP_PKEY_get_base_id(&key)) {
        case EVP_PKEY_ED25519:
        case EVP_PKEY_ED448:
            return;
        case EVP_PKEY_EC:
            if (hasNamedCurve(key)) return;
            throw std::runtime_error(
                "The private key of the TLS identity is on a curve of its own making.");
        case EVP_PKEY_RSA:
        case EVP_PKEY_RSA_PSS:
            if (kit::isQuickToUse(key)) return;
            throw std::runtime_error("The private key of the TLS identity has " +
                                     std::to_string(EVP_PKEY_get_bits(&key)) +
                                     " bits, or numbers of odd lengths: a signature would take too "
                                     "long. RSA keys have " +
                                     std::to_string(kit::kMaxRsaBits) +
                                     " bits, two factors and a public exponent of " +
                                     std::to_string(kit::kMaxRsaExponentBits) + " bits at most.");
        default:
            throw std::runtime_error(kUnknownKind);
    }
}

Key readKey(std::string_view pem) {
    if (!kit::areQuickToRead(pem)) throw std::runtime_error(kUnknownKind);
    Key key(PEM_read_bio_PrivateKey(readerOf(pem).get(), nullptr, noPassword, nullptr));
    if (key) {
        requireQuick(*key);
        return key;
    }
    throw std::runtime_error(pem.find("PRIVATE KEY-----") == pem.npos
                                 ? "The TLS identity has no private key in PEM."
                                 : "The private key of the TLS identity cannot be read.");
}

std::vector<Certificate> readCertificates(std::string_view pem) {
    const Bio reader = readerOf(pem);
    std::vector<Certificate> certificates;
    while (X509* certificate = PEM_read_bio_X509(reader.get(), nullptr, noPassword, nullptr))
        certificates.emplace_back(certificate);
    return certificates;
}

std::string nameOf(const X509& certificate) {
    constexpr std::size_t kMaxName = 200;
    std::array<char, 512> name{};
    X509_NAME_get_text_by_NID(X509_get_subject_name(&certificate), NID_commonName, name.data(),
                              static_cast<int>(name.size()));
    return "\"" + util::printable(name.data(), kMaxName) + "\"";
}

/// OpenSSL's last error about a certificate, as the end of a sentence.
std::string faultOf(X509& certificate) {
    const unsigned long error = ERR_peek_last_error();
    switch (ERR_GET_REASON(error)) {
        case SSL_R_EE_KEY_TOO_SMALL:
        case SSL_R_CA_KEY_TOO_SMALL:
            return "its key has only " +
                   std::to_string(EVP_PKEY_get_bits(X509_get0_pubkey(&certificate))) + " bits";
        case SSL_R_CA_MD_TOO_WEAK: {
            int digest = NID_undef;
            X509_get_signature_info(&certificate, &digest, nullptr, nullptr, nullptr);
            return std::string("it is signed with ") + OBJ_nid2sn(digest) +
                   ", which is not safe any more";
        }
        default: {
            const char* const reason = ERR_reason_error_string(error);
            return reason != nullptr ? reason : "no reason is known";
        }
    }
}

[[noreturn]] void refuse(const char* what, X509& certificate) {
    throw std::runtime_error("This machine's OpenSSL does not present the " + std::string(what) +
                             " " + nameOf(certificate) + ": " + faultOf(certificate) +
                             ". A new one is needed.");
}

}  // namespace

std::shared_ptr<const TlsIdentity> TlsIdentity::load(std::string_view pem) {
    if (pem.size() > INT_MAX) throw std::runtime_error("The TLS identity is far too large.");
    const ErrorsCleared errors_cleared;
    auto identity = std::make_shared<TlsIdentity>();
    identity->key = readKey(pem);
    std::vector<Certificate> certificates = readCertificates(pem);
    const auto own =
        std::find_if(certificates.begin(), certificates.end(), [&](const Certificate& one) {
            return X509_check_private_key(one.get(), identity->key.get()) == 1;
        });
    if (own == certificates.end())
        throw std::runtime_error(
            "The TLS identity has no certificate that belongs to its private key.");
    identity->certificate = std::move(*own);
    certificates.erase(own);
    identity->chain = std::move(certificates);

    const util::OpenSslPtr<SSL_CTX> trial(SSL_CTX_new(TLS_client_method()));
    if (!trial) throw std::runtime_error("OpenSSL gives no context.");
    identity->presentBy(*trial);
    return identity;
}

void TlsIdentity::presentBy(SSL_CTX& context) const {
    const ErrorsCleared errors_cleared;
    if (SSL_CTX_use_certificate(&context, certificate.get()) != 1 ||
        SSL_CTX_use_PrivateKey(&context, key.get()) != 1)
        refuse("certificate", *certificate);
    for (const Certificate& above : chain)
        if (SSL_CTX_add1_chain_cert(&context, above.get()) != 1)
            refuse("certificate above the credential's own,", *above);
}

}  // namespace postbell::engine
