// SPDX-License-Identifier: Apache-2.0
// Files that admins upload, looked into. Input: the file; its password is "secret", as in the
// seeds.
#include <openssl/err.h>

#include <cstdlib>

#include "inspection.h"

using namespace postbell;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const postbell_header settings[] = {{str("key-id"), str("ABC123DEFG"), 0},
                                        {str("team-id"), str("TEAM123456"), 0}};
    postbell_credential_file raw{};
    raw.size = sizeof raw;
    raw.content = {data, size};
    raw.password = str("secret");
    raw.settings = settings;
    raw.setting_count = std::size(settings);
    raw.app = str("com.example.mail");

    const CredentialReport report = apns::inspectCredential(CredentialFile(raw), 1'767'225'600'000);

    if (report.kind.empty()) std::abort();
    if (report.problem.empty() && report.subject.empty()) std::abort();
    const bool presented = (report.flags & POSTBELL_CREDENTIAL_TLS_IDENTITY) != 0;
    if (report.problem.empty() && presented == report.identity.empty()) std::abort();
    if (ERR_peek_error() != 0) std::abort();  // the thread's queue belongs to the host's TLS too
    return 0;
}
