// SPDX-License-Identifier: Apache-2.0
// What the inspection tests share: an upload, and a look at it.
#pragma once
#include <string>

#include "inspection.h"
#include "test_credentials.h"

namespace postbell::apns::testing {

/// An upload as an admin makes it.
struct Upload {
    std::string content;
    std::string password;
    std::string key_id;
    std::string team_id;
    std::string app = "com.example.mail";

    CredentialReport inspect(std::int64_t now_ms = kNow) const {
        const postbell_header settings[] = {{str("key-id"), optionalStr(key_id), 0},
                                            {str("team-id"), optionalStr(team_id), 0}};
        postbell_credential_file raw{};
        raw.size = sizeof raw;
        raw.content = bytes(content);
        raw.password = optionalStr(password);
        raw.settings = settings;
        raw.setting_count = 2;
        raw.app = optionalStr(app);
        return inspectCredential(CredentialFile(raw), now_ms);
    }
};

}  // namespace postbell::apns::testing
