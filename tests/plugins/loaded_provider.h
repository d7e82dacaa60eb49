// SPDX-License-Identifier: Apache-2.0
// What the tests of providers' plugins share.
#pragma once
#include <postbell/testing/loaded_plugin.hpp>

#include <cstddef>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>

#include "plugins/refused_config.h"

namespace postbell::test {

/// An open credential of an instance; closed with it. `file` is read during construction only.
class OpenedCredential {
  public:
    OpenedCredential(const testing::PluginInstance& instance, const postbell_credential_file& file)
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

/// The origins of an instance with these lines in its section.
inline std::set<std::string> originsWith(const testing::LoadedPlugin& plugin,
                                         const std::map<std::string, std::string>& section) {
    testing::FakeHost host;
    for (const auto& [key, value] : section) host.setConfig(key, value);
    const testing::PluginInstance instance(plugin, host);
    std::size_t count = 0;
    const postbell_str* origins =
        instance.table<postbell_provider_v0>().origins(instance.self(), &count);
    std::set<std::string> seen;
    for (std::size_t i = 0; i < count; ++i) seen.emplace(view(origins[i]));
    return seen;
}

/// Three unread mails for a device, at FakeHost's beginning. Borrows the texts.
inline postbell_push newMail(std::string_view platform, std::string_view token) {
    postbell_push push{};
    push.size = sizeof push;
    push.kind = POSTBELL_PUSH_NEW_MAIL;
    push.urgency = POSTBELL_URGENCY_HIGH;
    push.id = str("8b8e2d0c-1b5f-4a6e-9a9e-3f1b2c4d5e6f");
    push.token = str(token);
    push.app = str("com.example.mail");
    push.platform = str(platform);
    push.registration = str("r_3kTMd9-wqV0nX2yPz");
    push.unread = 3;
    push.badge = 5;
    push.attempt = 1;
    push.expires_ms = 1'767'225'600'000 + 86'400'000;
    return push;
}

}  // namespace postbell::test
