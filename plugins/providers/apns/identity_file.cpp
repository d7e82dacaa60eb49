// SPDX-License-Identifier: Apache-2.0
#include "identity_file.h"

#include <openssl/x509v3.h>

#include <openssl/pem.h>

#include <algorithm>

#include "pem_keys.h"

namespace postbell::apns {
namespace {

constexpr char kDamagedCertificate[] =
    "The certificate in the file is damaged: it cannot be read. Export it again from Keychain "
    "Access, or download it again from Apple's developer site.";
constexpr char kNothing[] =
    "The file contains neither a certificate nor a private key. Export the push certificate "
    "together with its key from Keychain Access as a .p12 file.";
constexpr char kNoCertificate[] =
    "The file contains a private key but no certificate. In Keychain Access select the push "
    "certificate and the key below it, and export both as a .p12 file.";
constexpr char kNoKey[] =
    "The file contains no private key, only a certificate. In Keychain Access open the "
    "certificate's triangle, select the certificate and the key below it, and export both as a "
    ".p12 file.";
constexpr char kOtherKey[] =
    "The private key in the file does not belong to its certificate. Export the certificate "
    "together with the key that its request was made with.";
constexpr char kStrangeKey[] =
    "The private key in the file is of a kind that OpenSSL does not write. Create a new "
    "certificate with a key in Keychain Access.";

using Certificates = std::vector<CertificateHandle>;

/// Null: no certificate of the file issued `certificate`, or it is a root.
X509* issuerOf(X509& certificate, const Certificates& all) {
    const auto issued = [&](const CertificateHandle& one) {
        return X509_check_issued(one.get(), &certificate) == X509_V_OK;
    };
    const auto found = std::find_if(all.begin(), all.end(), issued);
    return found == all.end() || X509_cmp(found->get(), &certificate) == 0 ? nullptr : found->get();
}

/// Only certificates above this one, without the root, which every verifier must have anyway (RFC
/// 8446, 4.4.2): another identity's certificate in the same file is no part of the chain.
std::vector<X509*> chainOf(X509& certificate, const Certificates& all) {
    std::vector<X509*> chain;
    for (X509* next = issuerOf(certificate, all); next != nullptr && chain.size() < all.size();
         next = issuerOf(*next, all))
        if (X509_self_signed(next, 0) != 1) chain.push_back(next);
    return chain;
}

/// Empty: OpenSSL does not write the key.
std::string pemOf(EVP_PKEY& key, X509& certificate, const Certificates& all) {
    const BioHandle out(BIO_new(BIO_s_mem()));
    bool written = out && PEM_write_bio_PKCS8PrivateKey(out.get(), &key, nullptr, nullptr, 0,
                                                        nullptr, nullptr) == 1;
    written = written && PEM_write_bio_X509(out.get(), &certificate) == 1;
    for (X509* const above : chainOf(certificate, all))
        written = written && PEM_write_bio_X509(out.get(), above) == 1;
    if (!written) return {};
    char* data = nullptr;
    const long length = BIO_get_mem_data(out.get(), &data);
    return {data, static_cast<std::size_t>(length)};
}

}  // namespace

IdentityFile readPem(std::string_view content, std::string_view password, OldCiphers old_ciphers) {
    const ErrorQueueGuard errors;
    const LibraryContext library(old_ciphers);
    Contents contents;
    const BioHandle certificates = readerOf(content);
    while (X509* certificate = PEM_read_bio_X509(certificates.get(), nullptr, noPassword, nullptr))
        contents.certificates.emplace_back(certificate);
    if (contents.certificates.empty())
        contents.problem = kDamagedCertificate;
    else
        contents.keys = readPemKeys(content, password, library, contents.problem);
    return identitiesIn(std::move(contents));
}

IdentityFile identitiesIn(Contents contents) {
    const ErrorQueueGuard errors;
    IdentityFile file;
    file.problem = std::move(contents.problem);
    if (contents.certificates.empty() && file.problem.empty())
        file.problem = contents.keys.empty() ? kNothing : kNoCertificate;
    for (const CertificateHandle& certificate : contents.certificates) {
        const auto key =
            std::find_if(contents.keys.begin(), contents.keys.end(), [&](const KeyHandle& one) {
                return X509_check_private_key(certificate.get(), one.get()) == 1;
            });
        // The comparison leaves traces of the key's library context in the certificate, which may
        // outlive that: copies go out, without them.
        Identity& identity = file.identities.emplace_back();
        identity.certificate.reset(X509_dup(certificate.get()));
        if (key == contents.keys.end()) {
            identity.problem = contents.keys.empty() ? kNoKey : kOtherKey;
            continue;
        }
        identity.pem = pemOf(**key, *certificate, contents.certificates);
        if (identity.pem.empty()) identity.problem = kStrangeKey;
    }
    return file;
}

}  // namespace postbell::apns
