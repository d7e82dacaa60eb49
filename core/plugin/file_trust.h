// SPDX-License-Identifier: Apache-2.0
// Every account that may write a plugin's file runs code as the gateway.
#pragma once
#include <filesystem>

namespace postbell::plugin {

/// The file's real path, all symbolic links followed. Throws PluginError if it is no file, or if
/// it, its folder or the folder of `path` is owned by neither root nor the user of this process, or
/// may be written by group or others. Folders further up are not looked at.
std::filesystem::path requireTrusted(const std::filesystem::path& path);

}  // namespace postbell::plugin
