// SPDX-License-Identifier: Apache-2.0
#include "plugin/plugin_info.h"

#include <algorithm>

#include "plugin/elf_descriptor.h"
#include "plugin/plugin_error.h"
#include "plugin/plugin_file.h"
#include "postbell/abi.h"

namespace postbell::plugin {
namespace {

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
