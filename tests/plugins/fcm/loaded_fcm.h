// SPDX-License-Identifier: Apache-2.0
// fcm.so through the contract's function table, as a gateway sees it.
#pragma once
#include <postbell/testing/loaded_plugin.hpp>

#include <stdexcept>
#include <string>

#include "test_accounts.h"

namespace postbell::fcm::testing {

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

/// An open credential of an instance; closed with it.
class OpenedCredential {
  public:
    OpenedCredential(const postbell::testing::PluginInstance& instance, std::string_view content)
        : table_(instance.table<postbell_provider_v0>()), self_(instance.self()) {
        const postbell_credential_file file = fileOf(content);
        if (table_.open(self_, &file, &credential_) != POSTBELL_OK)
            throw std::runtime_error("open() failed");
    }
    ~OpenedCredential() { table_.close(self_, credential_); }
    OpenedCredential(const OpenedCredential&) = delete;
    OpenedCredential& operator=(const OpenedCredential&) = delete;
    void* get() const { return credential_; }

  private:
    const postbell_provider_v0& table_;
    void* self_;
    void* credential_ = nullptr;
};

inline postbell_push samplePush() {
    postbell_push push{};
    push.size = sizeof push;
    push.kind = POSTBELL_PUSH_NEW_MAIL;
    push.style = POSTBELL_STYLE_BADGE;
    push.urgency = POSTBELL_URGENCY_HIGH;
    push.id = str("8b8e2d0c-1b5f-4a6e-9a9e-3f1b2c4d5e6f");
    push.token = str("dGVzdC1pbnN0YW5jZS1pZA:APA91bHPRgkF3JUikC4ENAHEeMrd41Zxv3hVZjC9KtT8OvPVGJ");
    push.app = str("com.example.mail");
    push.platform = str("android");
    push.registration = str("r_3kTMd9-wqV0nX2yPz");
    push.unread = 3;
    push.badge = 5;
    push.attempt = 1;
    push.expires_ms = kNow + 86'400'000;
    return push;
}

}  // namespace postbell::fcm::testing
