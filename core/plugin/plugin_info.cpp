// SPDX-License-Identifier: Apache-2.0
#include "plugin/plugin_info.h"

#include <nlohmann/json.hpp>

#include <algorithm>

#include "plugin/descriptor.h"
#include "plugin/elf_descriptor.h"
#include "plugin/plugin_error.h"
#include "plugin/plugin_file.h"
#include "plugin/section_schema.h"
#include "postbell/abi.h"

namespace postbell::plugin {
namespace {

/// The faults of a descriptor that show while no code of the library runs; empty: none.
std::string faultOf(const ElfDescriptor& found) {
    if (!isPluginId(found.id))
        return "has an id that is no reverse domain name of a-z, 0-9, '.', '-' and '_'";
    if (found.name.empty() || found.vendor.empty() || found.version.empty())
        return "lacks one of name, vendor and version";
    if (!found.has_create) return "lacks create";
    if (!found.has_table) return "has no table";
    if (found.config_schema.empty()) return "has no config schema";
    try {
        static_cast<void>(parseSchema(found.config_schema));
    } catch (const std::exception& e) {
        return std::string("has a config schema that cannot be used: ") + e.what();
    }
    return {};
}

PluginInfo look(const std::filesystem::path& file) {
    PluginInfo info;
    info.plugin = file.stem().string();
    info.file = file.string();
    try {
        const ElfDescriptor found = readDescriptor(PluginFile::openTrusted(file));
        info.kind = found.kind == POSTBELL_KIND_BACKEND ? "backend" : "provider";
        info.id = found.id;
        info.name = found.name;
        info.vendor = found.vendor;
        info.version = found.version;
        info.contract = contractVersion(found.abi_major, found.abi_minor);
        if (const std::string fault = faultOf(found); !fault.empty())
            info.refusal = file.string() + " is refused: its descriptor " + fault;
    } catch (const PluginError& e) {
        info.refusal = e.what();
    }
    return info;
}

}  // namespace

std::vector<PluginInfo> listPlugins(const std::filesystem::path& directory) {
    std::vector<std::filesystem::path> files;
    std::error_code error;
    for (std::filesystem::directory_iterator it(directory, error), end; !error && it != end;
         it.increment(error))
        if (it->path().extension() == ".so") files.push_back(it->path());
    if (error)
        throw PluginError("the plugins' directory " + directory.string() +
                          " cannot be read: " + error.message());
    std::sort(files.begin(), files.end());
    std::vector<PluginInfo> plugins;
    plugins.reserve(files.size());
    for (const auto& file : files) plugins.push_back(look(file));
    return plugins;
}

}  // namespace postbell::plugin
