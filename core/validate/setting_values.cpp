// SPDX-License-Identifier: Apache-2.0
#include "validate/setting_values.h"

#include <nlohmann/json.hpp>

#include <algorithm>

#include "util/printable.h"
#include "validate/hostile.h"

namespace postbell::validate {
namespace {

using nlohmann::json;

std::string asText(const json& value) {
    return value.is_string() ? value.get<std::string>() : value.dump();
}

std::vector<std::string> valuesNamed(const json& property) {
    std::vector<std::string> values;
    if (!property.is_object()) return values;
    if (property.contains("default")) values.push_back(asText(property["default"]));
    for (const char* list : {"enum", "examples"})
        if (property.contains(list) && property[list].is_array())
            for (const json& value : property[list]) values.push_back(asText(value));
    return values;
}

/// The limits of the admin API: UTF-8, not empty, bounded.
bool canBeGiven(const std::string& name, const std::string& value) {
    return !value.empty() && name.size() + value.size() <= POSTBELL_MAX_APP_SETTINGS_BYTES &&
           util::isUtf8(value);
}

/// Sentences about other settings, which are missing here, do not count.
bool isAccepted(const plugin::SettingsSchema& schema, const plugin::Settings::value_type& setting) {
    const std::vector<std::string> problems = schema.problems({setting});
    return std::none_of(problems.begin(), problems.end(), [&](const std::string& problem) {
        return problem.starts_with(setting.first + ": ");
    });
}

}  // namespace

plugin::Settings acceptedSettings(const Running& running) {
    const plugin::Descriptor descriptor(running.descriptor(), running.subject.file.string());
    const plugin::SettingsSchema& schema = descriptor.appSchema();
    plugin::Settings accepted;
    for (const plugin::SettingsSchema::Setting& setting : schema.settings()) {
        const json& property = schema.document()["properties"][setting.name];
        for (const std::string& value : hostileTexts(valuesNamed(property)))
            if (canBeGiven(setting.name, value) && isAccepted(schema, {setting.name, value}))
                accepted.emplace_back(setting.name, value);
    }
    return accepted;
}

}  // namespace postbell::validate
