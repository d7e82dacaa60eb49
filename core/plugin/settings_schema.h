// SPDX-License-Identifier: Apache-2.0
// Settings of an admin beside a provider's credential file, and for an app's pushes.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "util/json_value.h"

namespace postbell::plugin {

/// Named texts, as an admin gives them.
using Settings = std::vector<std::pair<std::string, std::string>>;

/// A provider's credential_schema or app_schema. Immutable.
class SettingsSchema {
  public:
    struct Setting {
        std::string name, description;
        bool required = false;
        bool secret = false;  ///< must not be shown again
    };
    struct File {
        bool required = false;
        bool password = false;  ///< may be sealed with one
        std::string description;
        std::string generate;  ///< what the gateway may make in its place: "p256"; empty: nothing
    };

    /// Of a plugin without a schema: every setting is accepted, and the plugin checks it itself.
    SettingsSchema() = default;
    /// `document`: from parseSchema().
    explicit SettingsSchema(nlohmann::json document);
    /// A name that the document does not have is refused, unless the document itself says which
    /// others there may be.
    static SettingsSchema closed(nlohmann::json document);
    /// Every setting is refused.
    static SettingsSchema none();

    bool present() const;
    const nlohmann::json& document() const { return *document_; }
    std::vector<Setting> settings() const;
    File file() const;
    /// A sentence for each setting that is not accepted, or is missing.
    std::vector<std::string> problems(const Settings& given) const;

  private:
    util::JsonValue document_;
};

}  // namespace postbell::plugin
