// SPDX-License-Identifier: Apache-2.0
#include "identity_file.h"

#include <openssl/pem.h>

#include <algorithm>
#include <climits>
#include <cstring>

namespace postbell::apns {
namespace {

/// In place of OpenSSL's own, which asks at the terminal.
int givePassword(char* buffer, int size, int, void* user) {
    const auto& password = *static_cast<const std::string_view*>(user);
    if (password.empty() || password.size() > static_cast<std::size_t>(size)) return -1;
    std::memcpy(buffer, password.data(), password.size());
    return static_cast<int>(password.size());
}

constexpr std::string_view kNoKey =
    "The file contains no private key, only a certificate. In Keychain Access open the "
    "certificate's triangle, select "
    "the certificate and the key below it, and export both as a .p12 file.";

}  // namespace

Identity readPem(std::string_view content, std::string_view password) {
    const ErrorQueueGuard errors;
    Contents contents;
    const BioHandle certificates = readerOf(content);
    while (X509* certificate =
               PEM_read_bio_X509(certificates.get(), nullptr, givePassword, &password))
        contents.certificates.emplace_back(certificate);
    if (contents.certificates.empty())
        contents.problem =
            "The certificate in the file is damaged: it cannot be read. Export it again from "
            "Keychain Access, or "
            "download it again from Apple's developer site.";

    const BioHandle keys = readerOf(content);
    if (EVP_PKEY* key = PEM_read_bio_PrivateKey(keys.get(), nullptr, givePassword, &password)) {
        contents.keys.emplace_back(key);
    } else if (content.find("PRIVATE KEY-----") != std::string_view::npos &&
               contents.problem.empty()) {
        contents.problem = password.empty() ? "The private key in the file cannot be read: it is "
                                              "encrypted, and no password was given, or it is "
                                              "damaged. Give the password with --password-file."
                                            : "The private key in the file cannot be read: the "
                                              "password is wrong, or the key is damaged.";
    }
    return chooseIdentity(std::move(contents));
}

Identity chooseIdentity(Contents contents) {
    const ErrorQueueGuard errors;
    if (contents.certificates.empty()) {
        if (contents.problem.empty())
            contents.problem =
                contents.keys.empty()
                    ? "The file contains neither a certificate nor a private key. Export the push "
                      "certificate together "
                      "with its key from Keychain Access as a .p12 file."
                    : "The file contains a private key but no certificate. In Keychain Access "
                      "select the push "
                      "certificate and the key below it, and export both as a .p12 file.";
        return {nullptr, std::move(contents.problem)};
    }
    // The comparison leaves traces of the key's library context in the certificate, which may
    // outlive that: copies go out, without them.
    for (const KeyHandle& key : contents.keys)
        for (const CertificateHandle& certificate : contents.certificates)
            if (X509_check_private_key(certificate.get(), key.get()) == 1)
                return {CertificateHandle(X509_dup(certificate.get())),
                        std::move(contents.problem)};
    if (contents.problem.empty())
        contents.problem = contents.keys.empty()
                               ? std::string(kNoKey)
                               : "The private key in the file does not belong to its certificate. "
                                 "Export the certificate together "
                                 "with the key that its request was made with.";
    return {CertificateHandle(X509_dup(contents.certificates.front().get())),
            std::move(contents.problem)};
}

}  // namespace postbell::apns
