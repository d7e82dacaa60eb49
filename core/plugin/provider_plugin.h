// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "plugin/plugin_instance.h"

namespace postbell::plugin {

/// An instance of a provider. Its origins are asked once, when it is opened.
class ProviderPlugin : public PluginInstance {
  public:
    /// Throws PluginError, or ConfigError for a section that the plugin's schema does not accept.
    static std::unique_ptr<ProviderPlugin> open(const config::PluginSection& section,
                                                const PluginContext& context);

    const postbell_provider_v0& table() const;
    /// The network's own, in normal form: "https://host", the port only where it is not 443.
    const std::vector<std::string>& origins() const { return origins_; }
    /// The section's endpoint and its allowed_origins, in normal form.
    const std::vector<std::string>& configuredOrigins() const { return configured_; }
    /// Whether requests may go to the origin: one of the network's own, the section's endpoint or
    /// one of its allowed_origins. Any way of writing an origin is understood; another text is not
    /// allowed. Thread-safe.
    bool allows(std::string_view origin) const;

  private:
    ProviderPlugin(const config::PluginSection& section, const PluginContext& context);
    std::vector<std::string> askOrigins() const;
    /// Takes the origin that the config's `key` names; refuses another text.
    void configure(const char* key, const std::string& configured);

    std::vector<std::string> origins_;
    std::vector<std::string> configured_;
};

}  // namespace postbell::plugin
