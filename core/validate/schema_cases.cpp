// SPDX-License-Identifier: Apache-2.0
// The schemas of a provider's settings: whether an admin can fill them in.
#include "plugin/descriptor.h"

#include <nlohmann/json.hpp>
#include "util/clock.h"
#include "validate/cases.h"

namespace postbell::validate {
namespace {

using nlohmann::json;
using plugin::SettingsSchema;

std::string inQuotes(const std::string& name) {
    return "\"" + name + "\"";
}

void requireDefaultsThatAreAccepted(const std::string& schema_name, const SettingsSchema& schema) {
    for (const SettingsSchema::Setting& setting : schema.settings()) {
        const json& property = schema.document()["properties"][setting.name];
        if (!property.is_object() || !property.contains("default")) continue;
        const json& value = property["default"];
        const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
        for (const std::string& problem : schema.problems({{setting.name, text}}))
            require(!problem.starts_with(setting.name + ": "),
                    schema_name + " does not accept its own default of " + inQuotes(setting.name));
    }
}

/// Nothing else could ever be accepted.
void requireNamesThatAreKnown(const std::string& schema_name, const SettingsSchema& schema) {
    const json& document = schema.document();
    if (document.contains("patternProperties")) return;
    const json known = document.value("properties", json::object());
    for (const json& name : document.value("required", json::array()))
        require(!name.is_string() || known.contains(name.get<std::string>()),
                schema_name + " requires " + name.dump() + ", which is none of its properties");
}

void requireFileKeyword(const json& document) {
    const auto file = document.find("file");
    if (file == document.end()) return;
    require(file->is_object(), "credential_schema has a \"file\" that is no object");
    for (const auto& [name, value] : file->items()) {
        const bool is_flag = name == "required" || name == "password";
        const bool fits = is_flag ? value.is_boolean()
                                  : (name == "description" && value.is_string()) ||
                                        (name == "generate" && value == "p256");
        require(fits, "credential_schema has a \"file\" with " + inQuotes(name) +
                          ": \"required\" and \"password\" (true or false), \"description\" (a "
                          "text) and \"generate\" (\"p256\") are expected");
    }
}

void settingsCanBeFilledIn(const Subject& subject) {
    const Loaded loaded(subject);
    const plugin::Descriptor descriptor(loaded.descriptor(), subject.file.string());
    for (const auto& [name, schema] :
         {std::pair("credential_schema", &descriptor.credentialSchema()),
          std::pair("app_schema", &descriptor.appSchema())}) {
        if (!schema->present()) continue;
        requireNamesThatAreKnown(name, *schema);
        requireDefaultsThatAreAccepted(name, *schema);
    }
    if (descriptor.credentialSchema().present())
        requireFileKeyword(descriptor.credentialSchema().document());
}

/// The given credential, checked as by `credential add`.
void takesTheCredential(const Subject& subject) {
    const Loaded loaded(subject);
    const plugin::Descriptor descriptor(loaded.descriptor(), subject.file.string());
    const SettingsSchema& schema = descriptor.credentialSchema();
    for (const std::string& problem : schema.problems(subject.credential->settings))
        require(false, "credential_schema refuses the given credential: " + problem);
    require(!schema.present() || !schema.file().required || !subject.credential->content.empty(),
            "credential_schema requires a file, and the given credential has none");
    const Running running(subject);
    testing::FakeCredentialFile file = *subject.credential;
    const postbell_credential_file raw = file.raw();
    std::string refusal;
    const auto keep = [](void* user, const postbell_credential_report* report) noexcept {
        *static_cast<std::string*>(user) = view(report->problem);
    };
    const postbell_status status = running.provider().inspect(
        running.self(), &raw, util::toMs(util::SystemClock().wall()), keep, &refusal);
    require(status >= 0 && refusal.empty(), "inspect() refuses the given credential: " +
                                                (refusal.empty() ? "without a word" : refusal));
}

}  // namespace

std::vector<Case> schemaCases() {
    return {{"settings-can-be-filled-in", For::Provider, settingsCanBeFilledIn},
            {"takes-the-credential", For::Provider, takesTheCredential, Needs::Credential}};
}

}  // namespace postbell::validate
