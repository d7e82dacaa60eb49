// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>

#include "config/plugin_section.h"
#include "plugin/plugin_file.h"
#include "postbell/abi.h"

namespace postbell::plugin {

/// A plugin's shared library, loaded. It stays mapped until the process ends, whatever becomes of
/// this object: threads and thread-local destructors of a plugin may outlive it. Immutable,
/// movable.
class Library {
  public:
    /// Loads DIRECTORY/NAME.so after its owner, its rights, its kind and its version of the
    /// contract were found good without running any of its code. Throws PluginError. `directory` is
    /// absolute.
    Library(const std::filesystem::path& directory, const std::string& name,
            config::PluginKind kind);
    /// The same with a file whose owner and rights were found good.
    Library(const PluginFile& file, config::PluginKind kind);

    const std::filesystem::path& file() const { return file_; }
    /// Its version and kind were checked, its content was not.
    const postbell_plugin& descriptor() const { return *descriptor_; }

  private:
    std::filesystem::path file_;
    const postbell_plugin* descriptor_ = nullptr;
};

/// DIRECTORY/NAME.so. Throws PluginError if the name would lead elsewhere.
std::filesystem::path pluginFile(const std::filesystem::path& directory, const std::string& name);

}  // namespace postbell::plugin
