// SPDX-License-Identifier: Apache-2.0
#include "inspection.h"

#include <algorithm>

#include "certificate.h"
#include "credential_file.h"
#include "date.h"
#include "identity_file.h"
#include "pkcs12.h"
#include "signing_key.h"

namespace postbell::apns {
namespace {

constexpr std::uint32_t kBothEnvironments =
    POSTBELL_CREDENTIAL_PRODUCTION | POSTBELL_CREDENTIAL_SANDBOX;

bool startsWith(std::string_view text, std::string_view start) {
    return text.substr(0, start.size()) == start;
}

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

/// The fault of a certificate's purpose; empty if the app can push with it.
std::string purposeProblem(const CertificateFacts& facts, const std::vector<std::string>& topics,
                           const std::string& app) {
    for (const std::string& topic : topics) {
        if (startsWith(topic, "com.apple.mgmt."))
            return "This certificate is for managing devices (topic " + topic +
                   "), so it cannot push to an app. Create an \"Apple Push Notification service "
                   "SSL\" certificate "
                   "for the app's bundle id.";
        if (topic.find('*') != std::string::npos)
            return "This certificate is for the wildcard App ID " + topic +
                   ", and wildcard App IDs cannot have push. Register an explicit App ID for the "
                   "app, turn Push "
                   "Notifications on, and create a certificate for it.";
    }
    if (facts.damaged)
        return "The certificate is damaged: its dates or topics cannot be read. Download it again "
               "from Apple's "
               "developer site.";
    if (facts.voip_only)
        return "This is a VoIP Services certificate, which can announce calls only. Create an "
               "\"Apple Push "
               "Notification service SSL\" certificate for the app's bundle id.";
    const bool matches = std::count(topics.begin(), topics.end(), app) > 0;
    const bool for_push = facts.development || facts.production || !facts.topics.empty();
    if (topics.empty() || (!for_push && !matches))
        return "This is not a push certificate: Apple's marks for push are missing in it (a "
               "signing or distribution "
               "certificate looks like that). Create an \"Apple Push Notification service SSL\" "
               "certificate for the "
               "app's bundle id.";
    if (app.empty() || matches) return {};
    std::string names;
    for (const std::string& topic : topics) names.append(names.empty() ? "" : ", ").append(topic);
    return "This certificate is for " + names + ", not for " + app +
           ". Upload the certificate of that bundle id, or add it to the app that it belongs to.";
}

std::string validityProblem(const CertificateFacts& facts, std::int64_t now_ms) {
    if (now_ms >= facts.expires_ms)
        return "This certificate expired on " + dateText(facts.expires_ms) +
               ". Create a new one on Apple's developer site, or use a signing key (.p8), which "
               "does not expire.";
    if (now_ms < facts.valid_from_ms)
        return "This certificate is not valid before " + dateText(facts.valid_from_ms) +
               ". Check this machine's clock, or wait until then.";
    return {};
}

CredentialReport inspectIdentity(const CredentialFile& file, const Identity& identity,
                                 std::int64_t now_ms) {
    CredentialReport report;
    report.kind = "apns-certificate";
    report.flags = POSTBELL_CREDENTIAL_TLS_IDENTITY;
    report.problem = identity.problem;
    if (!identity.certificate) return report;

    const CertificateFacts facts = readCertificate(*identity.certificate);
    report.subject = facts.common_name.empty() ? facts.user_id : facts.common_name;
    report.topics = facts.appTopics();
    report.valid_from_ms = facts.valid_from_ms;
    report.expires_ms = facts.expires_ms;
    if (facts.production) report.flags |= POSTBELL_CREDENTIAL_PRODUCTION;
    if (facts.development) report.flags |= POSTBELL_CREDENTIAL_SANDBOX;
    // Not told: Apple decides (BadCertificateEnvironment).
    if (!facts.production && !facts.development) report.flags |= kBothEnvironments;

    // A wrong purpose is said first: a missing key or a date is not worth repairing then.
    const std::string purpose = purposeProblem(facts, report.topics, std::string(file.app()));
    if (!purpose.empty()) report.problem = purpose;
    if (report.problem.empty()) report.problem = validityProblem(facts, now_ms);
    return report;
}

}  // namespace

CredentialReport inspectCredential(const CredentialFile& file, std::int64_t now_ms) {
    const FileKind kind = kindOf(file.content());
    if (kind == FileKind::SigningKey) return inspectKey(file);
    if (kind == FileKind::PemIdentity)
        return inspectIdentity(file, readPem(file.content(), file.password()), now_ms);
    if (kind == FileKind::Pkcs12)
        return inspectIdentity(file, readPkcs12(file.content(), file.password()), now_ms);
    CredentialReport report;
    report.kind = kind == FileKind::BareCertificate ? "apns-certificate" : "apns-key";
    report.problem = problemOf(kind);
    return report;
}

}  // namespace postbell::apns
