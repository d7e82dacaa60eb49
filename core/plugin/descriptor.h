// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "plugin/settings_schema.h"
#include "postbell/abi.h"
#include "util/json_value.h"

namespace postbell::plugin {

/// A loaded plugin's descriptor that was found complete: texts, schema, functions and table. Refers
/// to the plugin's memory, which stays until the process ends. Immutable.
class Descriptor {
  public:
    /// Runs none of the plugin's code. Throws PluginError; `file` is for its message.
    Descriptor(const postbell_plugin& raw, const std::string& file);

    const postbell_plugin& raw() const { return *raw_; }
    std::string_view id() const { return raw_->id; }
    std::string_view name() const { return raw_->name; }
    std::string_view vendor() const { return raw_->vendor; }
    std::string_view version() const { return raw_->version; }
    std::string_view license() const { return raw_->license; }
    std::string_view url() const { return raw_->url; }
    bool neverBlocks() const { return (raw_->flags & POSTBELL_NEVER_BLOCKS) != 0; }
    bool hasEnvironments() const { return (raw_->flags & POSTBELL_HAS_ENVIRONMENTS) != 0; }
    /// request() is to be called beside the loop of all pushes.
    bool expensiveEncoder() const { return (raw_->flags & POSTBELL_EXPENSIVE_ENCODER) != 0; }
    const std::vector<std::string>& platforms() const { return platforms_; }
    /// Pushes go to the origin that the device's token names.
    bool devicesNameOrigin() const { return (raw_->flags & POSTBELL_DEVICES_NAME_ORIGIN) != 0; }
    const nlohmann::json& schema() const { return *schema_; }
    /// The settings of a provider's credentials, and of an app's pushes.
    const SettingsSchema& credentialSchema() const { return credential_schema_; }
    const SettingsSchema& appSchema() const { return app_schema_; }

  private:
    const postbell_plugin* raw_;
    std::vector<std::string> platforms_;
    util::JsonValue schema_;
    SettingsSchema credential_schema_;
    SettingsSchema app_schema_;
};

/// "com.example.zimbra": a reverse domain name.
bool isPluginId(std::string_view text);

}  // namespace postbell::plugin
