// SPDX-License-Identifier: Apache-2.0
// The plugin that is validated, and what its cases share.
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

/// What a case found. The sentence says what the plugin did.
class Sin : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// What the caller gives beside the file. Immutable.
struct Subject {
    std::filesystem::path file;  ///< absolute
    /// As in the config; its keys may be none.
    config::PluginSection section;
    /// For a provider: without one, what needs an open credential is not tried.
    std::optional<testing::FakeCredentialFile> credential;
    /// For a provider: a token of a device, in any form that the network hands out.
    std::string device_token;
};

/// The plugin loaded in this process, with a host that answers from memory. Of the case's process
/// only: loading runs the plugin's code.
class Loaded {
  public:
    explicit Loaded(const Subject& subject);

    const Subject& subject;
    testing::FakeHost host;
    testing::LoadedPlugin plugin;

    const postbell_plugin& descriptor() const { return plugin.descriptor(); }
    bool isBackend() const { return descriptor().kind == POSTBELL_KIND_BACKEND; }
    bool has(std::uint32_t flag) const { return (descriptor().flags & flag) != 0; }
};

/// Created and started, with all that the host offers.
class Running : public Loaded {
  public:
    explicit Running(const Subject& validated) : Loaded(validated), instance_(plugin, host) {}

    void* self() const { return instance_.self(); }
    const postbell_backend_v0& backend() const { return instance_.table<postbell_backend_v0>(); }
    const postbell_provider_v0& provider() const { return instance_.table<postbell_provider_v0>(); }
    /// Null: no extension for managed subscriptions.
    const postbell_managed_v0* managed() const;

  private:
    testing::PluginInstance instance_;
};

/// Throws a Sin unless `good`.
inline void require(bool good, const std::string& sentence) {
    if (!good) throw Sin(sentence);
}

}  // namespace postbell::validate
