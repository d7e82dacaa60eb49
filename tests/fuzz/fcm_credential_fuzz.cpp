// SPDX-License-Identifier: Apache-2.0
// What admins upload as a service account: any bytes give a report, and what is good can sign.
#include <cstdlib>

#include "access_token.h"
#include "inspection.h"

using namespace postbell;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view content(reinterpret_cast<const char*>(data), size);
    postbell_credential_file raw{};
    raw.size = sizeof raw;
    raw.content = bytes(content);
    const CredentialReport report = fcm::inspectCredential(CredentialFile(raw), {});
    if (report.kind.empty()) std::abort();
    for (const std::string* text : {&report.problem, &report.subject})
        for (const char c : *text)
            if (c < ' ' || c >= 0x7f) std::abort();

    const fcm::OpenedAccount opened = fcm::openAccount(content, {});
    if (opened.account.problem != report.problem) std::abort();
    if (!opened.account.problem.empty()) return 0;
    const auto request =
        fcm::tokenRequest(opened.account, opened.token_endpoint, 1'767'225'600'000);
    if (request->origin != "https://oauth2.googleapis.com") std::abort();
    return 0;
}
