// SPDX-License-Identifier: Apache-2.0
#include "plugin/settings_schema.h"

#include <nlohmann/json.hpp>

#include <algorithm>

#include "plugin/section_schema.h"

namespace postbell::plugin {
namespace {

using nlohmann::json;

const json kNone = json::object();

const json& member(const json& object, const char* name) {
    const auto found = object.is_object() ? object.find(name) : object.end();
    return object.is_object() && found != object.end() ? *found : kNone;
}

bool flag(const json& object, const char* name) {
    return member(object, name) == json(true);
}

std::string text(const json& object, const char* name) {
    const json& found = member(object, name);
    return found.is_string() ? found.get<std::string>() : std::string();
}

/// A setting is a text on the wire; the schema may want it to read as a number or a boolean.
json typed(const json& property, const std::string& value) {
    const std::string type = text(property, "type");
    if (type.empty() || type == "string") return value;
    const json parsed = json::parse(value, nullptr, false);
    return parsed.is_discarded() ? json(value) : parsed;
}

}  // namespace

SettingsSchema::SettingsSchema(json document) : document_(std::move(document)) {}

SettingsSchema SettingsSchema::closed(json document) {
    if (!document.contains("additionalProperties") && !document.contains("patternProperties"))
        document["additionalProperties"] = false;
    return SettingsSchema(std::move(document));
}

SettingsSchema SettingsSchema::none() {
    return closed(json::object());
}

bool SettingsSchema::present() const {
    return !document_->is_null();
}

std::vector<SettingsSchema::Setting> SettingsSchema::settings() const {
    const json& required = member(*document_, "required");
    std::vector<Setting> found;
    for (const auto& [name, property] : member(*document_, "properties").items())
        found.push_back({name, text(property, "description"),
                         std::find(required.begin(), required.end(), json(name)) != required.end(),
                         flag(property, "writeOnly")});
    return found;
}

SettingsSchema::File SettingsSchema::file() const {
    if (!present()) return {true, true, {}, {}};
    const json& file = member(*document_, "file");
    return {flag(file, "required"), flag(file, "password"), text(file, "description"),
            text(file, "generate")};
}

std::vector<std::string> SettingsSchema::problems(const Settings& given) const {
    std::vector<std::string> sentences;
    if (!present()) return sentences;
    config::PluginSection section;
    for (const auto& [name, value] : given)
        (*section.own)[name] = typed(member(member(*document_, "properties"), name.c_str()), value);
    for (const config::Problem& problem : checkSection(*document_, section)) {
        const json& property = member(member(*document_, "properties"), problem.key.c_str());
        // "found the text ...; accepted is ...": a secret is not repeated.
        const std::size_t accepted =
            flag(property, "writeOnly") ? problem.text.find("accepted is") : 0;
        const std::string text =
            accepted == std::string::npos ? "it is not accepted" : problem.text.substr(accepted);
        sentences.push_back(problem.key.empty() ? text : problem.key + ": " + text);
    }
    return sentences;
}

}  // namespace postbell::plugin
