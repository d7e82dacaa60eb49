// SPDX-License-Identifier: Apache-2.0
// apns.so through the contract's function table, as a gateway sees it.
#pragma once
#include <string>
#include <vector>

#include "plugins/loaded_provider.h"
#include "test_credentials.h"

namespace postbell::apns::testing {

using postbell::test::OpenedCredential;

inline const postbell::testing::LoadedPlugin& loadedApns() {
    static const postbell::testing::LoadedPlugin plugin(POSTBELL_APNS_PLUGIN);
    return plugin;
}

/// A signing key as it is stored: the file and its settings.
struct StoredKey {
    std::string content;
    std::vector<postbell_header> settings{{str("key-id"), str("ABC123DEFG"), 0},
                                          {str("team-id"), str("TEAM123456"), 0}};

    postbell_credential_file raw() const {
        postbell_credential_file file{};
        file.size = sizeof file;
        file.content = bytes(content);
        file.settings = settings.data();
        file.setting_count = settings.size();
        file.app = str("com.example.mail");
        return file;
    }
};

inline postbell_push samplePush() {
    postbell_push push = postbell::test::newMail(
        "ios", "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0");
    push.style = POSTBELL_STYLE_ALERT;
    push.environment = POSTBELL_ENVIRONMENT_PRODUCTION;
    return push;
}

}  // namespace postbell::apns::testing
