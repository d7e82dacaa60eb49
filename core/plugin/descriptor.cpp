// SPDX-License-Identifier: Apache-2.0
#include "plugin/descriptor.h"

#include <nlohmann/json.hpp>

#include <algorithm>

#include "plugin/plugin_error.h"
#include "plugin/section_schema.h"
#include "plugin/text.h"
#include "util/printable.h"

namespace postbell::plugin {
namespace {

bool isWord(std::string_view text, std::string_view extra) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || extra.find(c) != extra.npos;
    });
}

/// Of a section; a plugin's schema would never see them. (endpoint and allowed_origins it does.)
constexpr const char* kGatewaysKeys[] = {"instance", "plugin", "enabled", "grants", "pool_threads"};

class Check {
  public:
    Check(const postbell_plugin& raw, const std::string& file) : raw_(raw), file_(file) {}

    [[noreturn]] void refuse(const std::string& why) const {
        throw PluginError(file_ + " is refused: its descriptor " + why);
    }
    void texts() const {
        text("id", raw_.id, 128, true);
        text("name", raw_.name, 128, true);
        text("vendor", raw_.vendor, 128, true);
        text("version", raw_.version, 64, true);
        text("license", raw_.license, 64, true);
        text("url", raw_.url, 256, false);
        if (!isPluginId(raw_.id))
            refuse("has an id that is no reverse domain name of a-z, 0-9, '.', '-' and '_'");
    }
    void functions() const {
        if (raw_.create == nullptr || raw_.extension == nullptr || raw_.start == nullptr ||
            raw_.stop == nullptr || raw_.destroy == nullptr)
            refuse("lacks one of create, extension, start, stop and destroy");
        if (raw_.table == nullptr) refuse("has no table");
        if (raw_.kind == POSTBELL_KIND_BACKEND)
            backendTable(*static_cast<const postbell_backend_v0*>(raw_.table));
        else
            providerTable(*static_cast<const postbell_provider_v0*>(raw_.table));
    }
    std::vector<std::string> platforms() const {
        std::vector<std::string> found;
        if (raw_.kind != POSTBELL_KIND_PROVIDER) return found;
        text("platforms", raw_.platforms, 256, true);
        for (std::string_view rest = raw_.platforms; !rest.empty();) {
            const std::size_t end = std::min(rest.find(' '), rest.size());
            const std::string_view word = rest.substr(0, end);
            rest.remove_prefix(std::min(end + 1, rest.size()));
            if (word.empty()) continue;
            if (!isWord(word, "-") || word.size() > 32)
                refuse("names a platform in other characters than a-z, 0-9 and -");
            found.emplace_back(word);
        }
        if (found.empty()) refuse("names no platform");
        return found;
    }
    /// `name`: "config", ... ; throws if there is no schema that can be used.
    nlohmann::json schema(const std::string& name, const char* raw) const {
        const auto text = boundedText(raw, POSTBELL_MAX_SCHEMA_BYTES);
        if (!text)
            refuse("has no " + name + " schema, or one that is longer than 64 KiB or not UTF-8");
        try {
            return parseSchema(*text);
        } catch (const std::exception& e) {
            refuse("has a " + name +
                   " schema that cannot be used: " + util::printable(e.what(), 256));
        }
    }
    nlohmann::json configSchema() const {
        nlohmann::json found = schema("config", raw_.config_schema);
        const nlohmann::json properties = found.value("properties", nlohmann::json::object());
        for (const char* key : kGatewaysKeys)
            if (properties.contains(key))
                refuse(std::string("has a config schema with the key \"") + key +
                       "\", which is the gateway's");
        return found;
    }
    /// A provider's; without one, every setting is accepted.
    SettingsSchema credentialSettings() const {
        if (!hasSchema(raw_.credential_schema)) return SettingsSchema();
        return SettingsSchema(schema("credential", raw_.credential_schema));
    }
    /// A provider's; without one, an app has no settings.
    SettingsSchema appSettings() const {
        if (!hasSchema(raw_.app_schema)) return SettingsSchema::none();
        SettingsSchema settings = SettingsSchema::closed(schema("app", raw_.app_schema));
        for (const SettingsSchema::Setting& setting : settings.settings())
            if (setting.secret)
                refuse("has an app schema that makes a secret of \"" +
                       util::printable(setting.name, 64) +
                       "\": an app's settings are shown; a secret belongs into the credential");
        return settings;
    }

  private:
    bool hasSchema(const char* raw) const {
        return raw_.kind == POSTBELL_KIND_PROVIDER && raw != nullptr;
    }
    void text(const char* field, const char* value, std::size_t longest, bool required) const {
        const auto found = boundedText(value, longest);
        if (!found || (required && found->empty()))
            refuse(std::string("has no usable ") + field + ": UTF-8 text of " +
                   (required ? "1" : "0") + " to " + std::to_string(longest) +
                   " bytes is expected");
    }
    void tableSize(std::uint32_t size, std::size_t needed) const {
        if (size < needed)
            refuse("has a table of " + std::to_string(size) + " bytes, and at least " +
                   std::to_string(needed) + " are expected");
    }
    void backendTable(const postbell_backend_v0& table) const {
        tableSize(table.size, POSTBELL_BACKEND_V1_SIZE);
        if (table.describe == nullptr || table.routes == nullptr || table.handle == nullptr)
            refuse("lacks a function in its table");
    }
    void providerTable(const postbell_provider_v0& table) const {
        tableSize(table.size, POSTBELL_PROVIDER_V1_SIZE);
        if (table.origins == nullptr || table.check_token == nullptr || table.inspect == nullptr ||
            table.open == nullptr || table.close == nullptr || table.authorize == nullptr ||
            table.authorized == nullptr || table.request == nullptr || table.outcome == nullptr)
            refuse("lacks a function in its table");
    }

    const postbell_plugin& raw_;
    const std::string& file_;
};

}  // namespace

bool isPluginId(std::string_view text) {
    return isWord(text, ".-_");
}

Descriptor::Descriptor(const postbell_plugin& raw, const std::string& file) : raw_(&raw) {
    const Check check(raw, file);
    check.texts();
    check.functions();
    platforms_ = check.platforms();
    *schema_ = check.configSchema();
    credential_schema_ = check.credentialSettings();
    app_schema_ = check.appSettings();
}

}  // namespace postbell::plugin
