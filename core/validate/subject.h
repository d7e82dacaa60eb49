// SPDX-License-Identifier: Apache-2.0
// The plugin that is validated, and the plugin loaded or running, as the cases need it.
#pragma once
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "config/plugin_section.h"
#include "postbell/testing/fake_push.hpp"
#include "postbell/testing/loaded_plugin.hpp"

namespace postbell::validate {

/// A breach of the contract, as a sentence about the plugin.
class Sin : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// The plugin's file, with the section and credential to try it with. Immutable.
struct Subject {
    std::filesystem::path file;  ///< absolute
    /// As in the config; its keys may be none.
    config::PluginSection section;
    /// For a provider. Without a credential, cases that need an open one are passed over.
    std::optional<testing::FakeCredentialFile> credential;
    /// For a provider: a token of a device, in any form that the network hands out.
    std::string device_token;
};

/// The plugin loaded in this process, with a host that answers from memory. For a case's own
/// process only: loading runs the plugin's code.
class Loaded {
  public:
    explicit Loaded(const Subject& validated);

    const Subject& subject;
    testing::FakeHost host;
    testing::LoadedPlugin plugin;

    const postbell_plugin& descriptor() const { return plugin.descriptor(); }
    bool isBackend() const { return descriptor().kind == POSTBELL_KIND_BACKEND; }
    bool has(std::uint32_t flag) const { return (descriptor().flags & flag) != 0; }
    /// As in the gateway: the plugin asks for the grant, and its section gives it.
    bool granted(const char* name, std::uint32_t need) const;
};

/// Created and started, with all that the host offers.
class Running : public Loaded {
  public:
    explicit Running(const Subject& validated) : Loaded(validated), instance_(plugin, host) {}

    void* self() const { return instance_.self(); }
    const postbell_backend_v0& backend() const { return instance_.table<postbell_backend_v0>(); }
    const postbell_provider_v0& provider() const { return instance_.table<postbell_provider_v0>(); }
    /// Null: no extension for managed subscriptions, or no grant to use it.
    const postbell_managed_v0* managed() const;

  private:
    testing::PluginInstance instance_;
};

/// Throws a Sin unless `good`.
inline void require(bool good, const std::string& sentence) {
    if (!good) throw Sin(sentence);
}

}  // namespace postbell::validate
