// SPDX-License-Identifier: Apache-2.0
// apns.so through the contract's function table, as a gateway sees it.
#pragma once
#include <postbell/testing/loaded_plugin.hpp>

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "test_credentials.h"

namespace postbell::apns::testing {

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

/// An open credential of an instance; closed with it.
class OpenedCredential {
  public:
    OpenedCredential(const postbell::testing::PluginInstance& instance,
                     const postbell_credential_file& file)
        : table_(instance.table<postbell_provider_v0>()), self_(instance.self()) {
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
    push.style = POSTBELL_STYLE_ALERT;
    push.urgency = POSTBELL_URGENCY_HIGH;
    push.environment = POSTBELL_ENVIRONMENT_PRODUCTION;
    push.id = str("8b8e2d0c-1b5f-4a6e-9a9e-3f1b2c4d5e6f");
    push.token = str("00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0");
    push.app = str("com.example.mail");
    push.platform = str("ios");
    push.registration = str("r_3kTMd9-wqV0nX2yPz");
    push.unread = 3;
    push.badge = 5;
    push.attempt = 1;
    push.expires_ms = kNow + kDay;
    return push;
}

}  // namespace postbell::apns::testing
