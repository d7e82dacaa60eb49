// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>

#include "util/file_descriptor.h"

namespace postbell::plugin {

/// A plugin's file, opened once: the file that was checked is read and loaded, whatever the path
/// leads to by then. Movable.
class PluginFile {
  public:
    /// Every account that may write the file runs code as the gateway. Throws PluginError if it,
    /// its folder or the folder of `path` is owned by neither root nor the user of this process, or
    /// may be written by group or others. Folders further up are not looked at.
    static PluginFile openTrusted(const std::filesystem::path& path);
    /// For a look, whatever its owner. Throws PluginError if it is no file.
    explicit PluginFile(const std::filesystem::path& path);

    /// The real path, all symbolic links followed.
    const std::filesystem::path& path() const { return path_; }
    /// Throws PluginError if it cannot be read, or is larger than any plugin.
    std::string content() const;
    /// A path by which the loader gets this very file. Its descriptor stays open until the process
    /// ends, as the library stays loaded: the loader knows libraries by their paths, and would take
    /// a number that is used again for this library. Throws PluginError where /proc is missing.
    std::string loaderPath() const;

  private:
    std::filesystem::path path_;
    util::FileDescriptor descriptor_;
};

}  // namespace postbell::plugin
