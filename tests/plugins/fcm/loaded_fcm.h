// SPDX-License-Identifier: Apache-2.0
// fcm.so through the contract's function table, as a gateway sees it.
#pragma once
#include <string_view>

#include "plugins/loaded_provider.h"
#include "test_accounts.h"

namespace postbell::fcm::testing {

using postbell::test::OpenedCredential;

inline const postbell::testing::LoadedPlugin& loadedFcm() {
    static const postbell::testing::LoadedPlugin plugin(POSTBELL_FCM_PLUGIN);
    return plugin;
}

inline postbell_credential_file fileOf(std::string_view content) {
    postbell_credential_file file{};
    file.size = sizeof file;
    file.content = bytes(content);
    file.app = str("com.example.mail");
    return file;
}

inline postbell_push samplePush() {
    postbell_push push = postbell::test::newMail(
        "android", "dGVzdC1pbnN0YW5jZS1pZA:APA91bHPRgkF3JUikC4ENAHEeMrd41Zxv3hVZjC9KtT8OvPVGJ");
    push.style = POSTBELL_STYLE_BADGE;
    return push;
}

}  // namespace postbell::fcm::testing
