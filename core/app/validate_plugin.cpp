// SPDX-License-Identifier: Apache-2.0
#include "app/validate_plugin.h"

#include <nlohmann/json.hpp>

#include <stdexcept>

#include "app/absolute_path.h"
#include "app/check_report.h"
#include "config/config.h"
#include "util/codec.h"
#include "validate/validator.h"

namespace postbell::app {
namespace {

using nlohmann::json;

config::PluginSection sectionOf(const std::string& instance, const std::string& config_file) {
    const config::Config config = config::load(config_file);
    for (const auto* sections : {&config.backends, &config.providers})
        for (const config::PluginSection& section : *sections)
            if (section.instance == instance) return section;
    throw std::runtime_error(config_file + " has no instance \"" + instance + "\"");
}

testing::FakeCredentialFile credentialOf(const json& arguments) {
    testing::FakeCredentialFile file;
    file.content = util::base64Decode(arguments.value("content", "")).value_or("");
    file.password = arguments.value("password", "");
    file.app = arguments.value("app", file.app);
    const json settings = arguments.value("settings", json::object());
    for (const auto& [name, value] : settings.items())
        file.settings.emplace_back(name, value.get<std::string>());
    return file;
}

}  // namespace

json validatePlugin(const json& arguments, const std::string& config_file) {
    validate::Subject subject;
    subject.file = absolutePath(arguments.at("file").get<std::string>());
    if (arguments.contains("instance"))
        subject.section = sectionOf(arguments["instance"], config_file);
    const bool given = arguments.contains("content") || arguments.contains("settings");
    if (given) subject.credential = credentialOf(arguments);
    subject.device_token = arguments.value("device_token", "");
    CheckReport report;
    for (const validate::Verdict& verdict : validate::validate(subject))
        report.add(
            verdict.name, verdict.sin.empty() ? Verdict::Yes : Verdict::No,
            verdict.missing.empty() ? verdict.sin : "not tried: it needs " + verdict.missing);
    return report.take();
}

}  // namespace postbell::app
