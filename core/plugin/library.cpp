// SPDX-License-Identifier: Apache-2.0
#include "plugin/library.h"

#include <dlfcn.h>

#include <boost/dll/shared_library.hpp>

#include "plugin/elf_descriptor.h"
#include "plugin/file_trust.h"
#include "plugin/in_plugin.h"
#include "plugin/plugin_error.h"
#include "util/printable.h"

namespace postbell::plugin {
namespace {

boost::dll::shared_library load(const std::filesystem::path& file) {
    try {
        // The throwing constructor: its message has the loader's own words.
        return boost::dll::shared_library(
            file, boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
    } catch (const std::exception& e) {
        throw PluginError(file.string() + " cannot be loaded: " + util::printable(e.what(), 512));
    }
}

/// From now on the loader keeps the library, even when it is closed.
void keepLoaded(const std::filesystem::path& file) {
    if (::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD | RTLD_NODELETE) == nullptr)
        throw PluginError(file.string() + " cannot be kept loaded");
}

bool same(const ElfDescriptor& read, const postbell_plugin& loaded) {
    return read.size == loaded.size && read.abi_major == loaded.abi_major &&
           read.abi_minor == loaded.abi_minor && read.needs_minor == loaded.needs_minor &&
           read.kind == loaded.kind;
}

}  // namespace

std::filesystem::path pluginFile(const std::filesystem::path& directory, const std::string& name) {
    if (!directory.is_absolute())
        throw PluginError("the plugins' directory \"" + directory.string() +
                          "\" is no absolute path");
    if (name.empty() || name.front() == '.' || name.find('/') != name.npos)
        throw PluginError("\"" + util::printable(name, 64) + "\" is no plugin's name");
    return directory / (name + ".so");
}

Library::Library(const std::filesystem::path& directory, const std::string& name,
                 config::PluginKind kind)
    : file_(requireTrusted(pluginFile(directory, name))) {
    const ElfDescriptor read = readDescriptor(file_);
    const bool is_backend = read.kind == POSTBELL_KIND_BACKEND;
    if (is_backend != (kind == config::PluginKind::Backend))
        throw PluginError(
            file_.string() + " is a " + (is_backend ? "backend" : "provider") +
            ": its section is " +
            std::string(config::sectionName(is_backend ? config::PluginKind::Backend
                                                       : config::PluginKind::Provider)));
    const std::string blamed = nameForCrash("the plugin " + file_.string());
    const InPlugin blame(blamed.c_str(), "its initialisers");
    const boost::dll::shared_library library = load(file_);
    keepLoaded(file_);
    descriptor_ = &library.get<const postbell_plugin>(POSTBELL_PLUGIN_SYMBOL);
    if (!same(read, *descriptor_))
        throw PluginError(file_.string() + " is refused: it changed while it was loaded");
}

}  // namespace postbell::plugin
