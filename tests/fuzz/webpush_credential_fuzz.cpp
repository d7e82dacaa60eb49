// SPDX-License-Identifier: Apache-2.0
// What admins upload as a VAPID key: any bytes give a report, and what is good can sign. Input: a
// line for the subject, the file.
#include <cstdlib>

#include "vapid_key.h"
#include "vapid_tokens.h"

using namespace postbell;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    const std::string_view subject = rest.substr(0, rest.find('\n'));
    if (subject.size() < rest.size()) rest.remove_prefix(subject.size() + 1);
    const postbell_header setting{str("subject"), str(subject), 0};
    postbell_credential_file raw{};
    raw.size = sizeof raw;
    raw.content = bytes(rest);
    raw.settings = &setting;
    raw.setting_count = 1;

    const CredentialReport report = webpush::inspectCredential(CredentialFile(raw));
    if (report.kind.empty() || report.problem.empty() == report.subject.empty()) std::abort();
    for (const std::string* text : {&report.problem, &report.subject})
        for (const char c : *text)
            if (c < ' ' || c >= 0x7f) std::abort();
    if (!report.problem.empty()) return 0;

    webpush::VapidKey read = webpush::readVapidKey(rest);
    webpush::VapidTokens tokens(std::move(read.key), std::move(read.public_key),
                                std::string(subject));
    const std::string& header = tokens.headerFor("https://push.example.net", 1'767'225'600'000);
    for (const char c : header)
        if (c < ' ' || c >= 0x7f) std::abort();
    return 0;
}
