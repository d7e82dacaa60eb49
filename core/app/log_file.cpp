// SPDX-License-Identifier: Apache-2.0
#include "app/log_file.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "app/open_store.h"

namespace postbell::app {
namespace {

using std::filesystem::path;

/// A path and its meaning.
using NamedFile = std::pair<path, std::string>;

void addListener(std::vector<NamedFile>& files, const config::ListenerConfig& listener) {
    files.emplace_back(listener.tls_certificate, "the certificate of listener." + listener.name);
    files.emplace_back(listener.tls_key, "the key of listener." + listener.name);
}

/// Any text of the section may be the name of a file, such as a secret's.
void addPlugin(std::vector<NamedFile>& files, const config::PluginSection& section) {
    const path folder = path(section.file).parent_path();
    const nlohmann::json values = section.own->flatten();  // items() borrows from it
    for (const auto& [key, value] : values.items())
        if (value.is_string() && !value.get_ref<const std::string&>().empty())
            files.emplace_back(folder / value.get_ref<const std::string&>(),
                               "a file of " + std::string(config::sectionName(section.kind)) + " " +
                                   section.instance);
}

std::vector<NamedFile> filesOf(const config::Config& config) {
    std::vector<NamedFile> files{{config.file, "the config"},
                                 {config.secrets.master_key_file, "the master key"},
                                 {config.admin.token_file, "the admin token"},
                                 {config.egress.ca_file, "the file of trusted certificates"}};
    const auto place = storePlace(config);
    for (const path& file : place->files()) files.emplace_back(file, "a file of the database");
    for (const char* suffix : {".lock", ".clock", ".admin"})
        files.emplace_back(place->gatewayFiles().concat(suffix), "a file of the database");
    for (const config::ListenerConfig* listener :
         std::initializer_list<const config::ListenerConfig*>{&config.registration, &config.mailbox,
                                                              &config.admin})
        addListener(files, *listener);
    for (const auto* sections : {&config.backends, &config.providers})
        for (const config::PluginSection& section : *sections) addPlugin(files, section);
    return files;
}

bool isSame(const path& one, const path& other) {
    std::error_code error;
    return one.lexically_normal() == other.lexically_normal() ||
           std::filesystem::equivalent(one, other, error);
}

}  // namespace

std::string logFileConflict(const config::Config& config) {
    if (config.log.file.empty()) return {};
    for (const auto& [file, meaning] : filesOf(config))
        if (!file.empty() && isSame(config.log.file, file))
            return config.log.file + " is " + meaning + " (" + file.string() +
                   "), and the log would destroy it; accepted is a file of its own";
    return {};
}

void refuseLogFile(const config::Config& config) {
    const std::string conflict = logFileConflict(config);
    if (!conflict.empty())
        throw config::ConfigError(config.file, {{{}, "[log]", "file", conflict}});
}

}  // namespace postbell::app
