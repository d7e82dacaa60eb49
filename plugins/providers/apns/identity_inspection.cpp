// SPDX-License-Identifier: Apache-2.0
#include "identity_inspection.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "certificate.h"
#include "date.h"

namespace postbell::apns {
namespace {

constexpr std::uint32_t kBothEnvironments =
    POSTBELL_CREDENTIAL_PRODUCTION | POSTBELL_CREDENTIAL_SANDBOX;

bool startsWith(std::string_view text, std::string_view start) {
    return text.substr(0, start.size()) == start;
}

bool isForPush(const CertificateFacts& facts) {
    return facts.development || facts.production || !facts.topics.empty();
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
    if (topics.empty() || (!isForPush(facts) && !matches))
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

std::uint32_t environmentsOf(const CertificateFacts& facts) {
    // Where the certificate does not tell, Apple decides (BadCertificateEnvironment).
    if (!facts.production && !facts.development) return kBothEnvironments;
    std::uint32_t environments = 0;
    if (facts.production) environments |= POSTBELL_CREDENTIAL_PRODUCTION;
    if (facts.development) environments |= POSTBELL_CREDENTIAL_SANDBOX;
    return environments;
}

/// An identity with its abilities. The greatest is the one to use: it has no fault, or its fault is
/// the one worth telling.
struct Candidate {
    CredentialReport report;
    bool has_purpose = false;
    bool is_for_push = false;

    bool operator<(const Candidate& other) const { return rank() < other.rank(); }

  private:
    std::tuple<bool, bool, bool, bool, std::int64_t> rank() const {
        return {report.problem.empty(), has_purpose, is_for_push, !report.identity.empty(),
                report.valid_from_ms};
    }
};

Candidate candidateOf(const Identity& identity, const std::string& app, std::int64_t now_ms) {
    const CertificateFacts facts = readCertificate(*identity.certificate);
    Candidate candidate;
    CredentialReport& report = candidate.report;
    report.subject = facts.common_name.empty() ? facts.user_id : facts.common_name;
    report.topics = facts.appTopics();
    report.valid_from_ms = facts.valid_from_ms;
    report.expires_ms = facts.expires_ms;
    report.flags = environmentsOf(facts);
    report.identity = identity.pem;
    candidate.is_for_push = isForPush(facts);
    // A wrong purpose is said first: a missing key or a date is not worth repairing then.
    report.problem = purposeProblem(facts, report.topics, app);
    candidate.has_purpose = report.problem.empty();
    if (report.problem.empty()) report.problem = identity.problem;
    if (report.problem.empty()) report.problem = validityProblem(facts, now_ms);
    return candidate;
}

}  // namespace

CredentialReport inspectIdentities(const IdentityFile& file, std::string_view app,
                                   std::int64_t now_ms) {
    std::optional<Candidate> best;
    for (const Identity& identity : file.identities) {
        Candidate candidate = candidateOf(identity, std::string(app), now_ms);
        if (!best || *best < candidate) best = std::move(candidate);
    }
    CredentialReport report = best ? std::move(best->report) : CredentialReport();
    report.kind = "apns-certificate";
    report.flags |= POSTBELL_CREDENTIAL_TLS_IDENTITY;
    // A file that could not be opened: the part that was read may lack the key.
    if (!file.problem.empty() && (!best || best->has_purpose)) report.problem = file.problem;
    return report;
}

}  // namespace postbell::apns
