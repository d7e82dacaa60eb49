// SPDX-License-Identifier: Apache-2.0
#include "inspection.h"

namespace postbell::fcm {

OpenedAccount openAccount(std::string_view file, const Settings& settings) {
    OpenedAccount opened{readServiceAccount(file), settings.token_endpoint};
    if (!opened.account.problem.empty() || !opened.token_endpoint.origin.empty()) return opened;
    const auto endpoint = tokenEndpoint(opened.account.token_uri, settings.allowed_origins);
    if (endpoint)
        opened.token_endpoint = *endpoint;
    else
        opened.account.problem =
            "The file's \"token_uri\" is not on Google's hosts, so that whoever made the file "
            "could learn what the key signs. Upload the file as the console gave it, or name the "
            "host in allowed_origins of the provider's section if it is meant.";
    return opened;
}

CredentialReport inspectCredential(const CredentialFile& file, const Settings& settings) {
    const ServiceAccount account = openAccount(file.content(), settings).account;
    CredentialReport report;
    report.kind = "fcm-service-account";
    report.problem = account.problem;
    if (report.problem.empty())
        report.subject = account.client_email + " of project " + account.project_id;
    return report;
}

}  // namespace postbell::fcm
