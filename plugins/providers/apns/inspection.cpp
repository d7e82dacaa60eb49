// SPDX-License-Identifier: Apache-2.0
#include "inspection.h"

#include "credential_file.h"
#include "identity_inspection.h"
#include "pkcs12.h"
#include "signing_key.h"

namespace postbell::apns {
namespace {

constexpr std::uint32_t kBothEnvironments =
    POSTBELL_CREDENTIAL_PRODUCTION | POSTBELL_CREDENTIAL_SANDBOX;

/// The fault of a file that holds neither a signing key nor a certificate with its key.
std::string problemOf(FileKind kind) {
    switch (kind) {
        case FileKind::Empty:
            return "The file is empty. Upload the AuthKey_....p8 file from Apple's developer site, "
                   "or a push "
                   "certificate with its private key as a .p12 file.";
        case FileKind::TooBig:
            return "The file is too big for a credential: more than 64 kB. Upload the "
                   "AuthKey_....p8 file from Apple's "
                   "developer site, or a push certificate with its private key as a .p12 file.";
        case FileKind::EncryptedKey:
            return "This private key is encrypted, and Apple gives out signing keys unencrypted. "
                   "Upload the "
                   "AuthKey_....p8 file as Apple gave it, or decrypt this one first: openssl pkcs8 "
                   "-in encrypted.p8 "
                   "-out key.p8.";
        case FileKind::PublicKey:
            return "This is a public key; pushing takes the private one. Upload the AuthKey_....p8 "
                   "file from Apple's "
                   "developer site.";
        case FileKind::BareCertificate:
            return "This is a certificate without its private key, as Apple's developer site hands "
                   "it out (.cer). Open "
                   "it in Keychain Access on the Mac that made the request, select the certificate "
                   "and the key below "
                   "it, and export both as a .p12 file.";
        case FileKind::CertificateRequest:
            return "This is a certificate signing request. Upload it to Apple's developer site, "
                   "which answers with a "
                   "certificate; then export that together with its private key as a .p12 file.";
        case FileKind::ProvisioningProfile:
            return "This is a property list or a provisioning profile, which belongs into the app. "
                   "Upload the "
                   "AuthKey_....p8 file from Apple's developer site, or a push certificate as a "
                   ".p12 file.";
        case FileKind::ServiceAccount:
            return "This is a service account of Google Firebase (FCM). Add it with the provider "
                   "fcm; for APNs upload "
                   "the AuthKey_....p8 file from Apple's developer site.";
        case FileKind::GoogleServices:
            return "This is the google-services.json of an Android app, which holds no credential "
                   "for pushing. For "
                   "APNs upload the AuthKey_....p8 file from Apple's developer site.";
        case FileKind::Json:
            return "This is a JSON file; APNs credentials are not. Upload the AuthKey_....p8 file "
                   "from Apple's "
                   "developer site, or a push certificate with its private key as a .p12 file.";
        case FileKind::Unknown:
        case FileKind::SigningKey:
        case FileKind::PemIdentity:
        case FileKind::Pkcs12:
            break;
    }
    return "This is neither a signing key nor a certificate. Upload the AuthKey_....p8 file from "
           "Apple's developer site "
           "unchanged, or a push certificate with its private key as a .p12 file.";
}

CredentialReport inspectKey(const CredentialFile& file) {
    CredentialReport report;
    report.kind = "apns-key";
    // The file does not tell whether Apple restricted the key to an environment or to topics.
    report.flags = kBothEnvironments;
    report.problem = readSigningKey(file.content()).problem;
    if (!report.problem.empty()) return report;
    report.problem = checkKeySettings(file.setting("key-id"), file.setting("team-id"));
    if (!report.problem.empty()) return report;
    report.subject.append("key ").append(file.setting("key-id"));
    report.subject.append(" of team ").append(file.setting("team-id"));
    return report;
}

}  // namespace

CredentialReport inspectCredential(const CredentialFile& file, std::int64_t now_ms) {
    const FileKind kind = kindOf(file.content());
    if (kind == FileKind::SigningKey) return inspectKey(file);
    if (kind == FileKind::PemIdentity)
        return inspectIdentities(readPem(file.content(), file.password()), file.app(), now_ms);
    if (kind == FileKind::Pkcs12)
        return inspectIdentities(readPkcs12(file.content(), file.password()), file.app(), now_ms);
    CredentialReport report;
    report.kind = kind == FileKind::BareCertificate ? "apns-certificate" : "apns-key";
    report.problem = problemOf(kind);
    return report;
}

}  // namespace postbell::apns
