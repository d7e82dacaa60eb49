// SPDX-License-Identifier: Apache-2.0
// Inside core/config only: the parts of load().
#pragma once
#include <filesystem>

#include "config/config.h"
#include "config/section_reader.h"
#include "config/toml.h"

namespace postbell::config {

/// `folder`: where relative paths start. The listener's name and default address are set already.
void readListener(SectionReader& reader, const std::filesystem::path& folder, ListenerConfig& out);
void readRegistrationListener(SectionReader& reader, const std::filesystem::path& folder,
                              RegistrationListenerConfig& out);

/// All [[backend]] or all [[provider]] sections.
std::vector<PluginSection> readPluginSections(const toml::table& root, PluginKind kind,
                                              std::string_view file, Problems& problems);

/// Faults that no section can see alone: ports, names and the clock.
void checkRules(const toml::table& root, const Config& config, Problems& problems);

}  // namespace postbell::config
