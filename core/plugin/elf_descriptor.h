// SPDX-License-Identifier: Apache-2.0
// A plugin's descriptor, read from its file as data: static constructors run as soon as a library
// is loaded, so a plugin of a wrong version has to be refused before.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "plugin/plugin_file.h"

namespace postbell::plugin {

struct ElfDescriptor {
    std::uint32_t size = 0, abi_major = 0, abi_minor = 0, needs_minor = 0, kind = 0;
    std::string id, name, vendor, version;       ///< printable; empty: unknown
    std::string config_schema;                   ///< as it is in the file; empty: unknown
    bool has_create = false, has_table = false;  ///< or they cannot be told before it is loaded
};

/// Throws PluginError ("PATH is refused: ...") if `content` is no library, exports no descriptor of
/// this gateway's major, or one that this gateway does not speak. `path` is for messages.
ElfDescriptor readDescriptor(std::string_view content, const std::filesystem::path& path);

ElfDescriptor readDescriptor(const PluginFile& file);

/// "0.1": as messages and lists write a version of the contract.
std::string contractVersion(std::uint32_t major, std::uint32_t minor);

}  // namespace postbell::plugin
