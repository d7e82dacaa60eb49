// SPDX-License-Identifier: Apache-2.0
#include "plugin/library.h"

#include <dlfcn.h>

#include <boost/dll/shared_library.hpp>

#include "plugin/code_map.h"
#include "plugin/elf_descriptor.h"
#include "plugin/in_plugin.h"
#include "plugin/plugin_error.h"
#include "util/printable.h"

namespace postbell::plugin {
namespace {

constexpr std::size_t kMaxReason = 512;

/// The loader's words, with the plugin's real path in place of the loader's.
std::string inWordsOf(std::string text, const std::string& loader_path, const std::string& path) {
    for (std::size_t at = text.find(loader_path); at != text.npos;
         at = text.find(loader_path, at + path.size()))
        text.replace(at, loader_path.size(), path);
    return util::printable(text, kMaxReason);
}

/// From now on the loader keeps the library, even when it is closed.
boost::dll::shared_library load(const PluginFile& file) {
    const std::string path = file.loaderPath();
    try {
        // The throwing constructor: its message has the loader's own words.
        boost::dll::shared_library library(
            std::filesystem::path(path),
            boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
        if (::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD | RTLD_NODELETE) == nullptr)
            throw PluginError(file.path().string() + " cannot be kept loaded");
        return library;
    } catch (const PluginError&) {
        throw;
    } catch (const std::exception& e) {
        throw PluginError(file.path().string() +
                          " cannot be loaded: " + inWordsOf(e.what(), path, file.path().string()));
    }
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
    : Library(PluginFile::openTrusted(pluginFile(directory, name)), kind) {}

Library::Library(const PluginFile& file, config::PluginKind kind) : file_(file.path()) {
    const ElfDescriptor read = readDescriptor(file);
    const bool is_backend = read.kind == POSTBELL_KIND_BACKEND;
    if (is_backend != (kind == config::PluginKind::Backend))
        throw PluginError(
            file_.string() + " is a " + (is_backend ? "backend" : "provider") +
            ": its section is " +
            std::string(config::sectionName(is_backend ? config::PluginKind::Backend
                                                       : config::PluginKind::Provider)));
    const std::string blamed = nameForCrash("the plugin " + file_.string());
    const InPlugin blame(blamed.c_str(), "its initialisers");
    const boost::dll::shared_library library = load(file);
    descriptor_ = &library.get<const postbell_plugin>(POSTBELL_PLUGIN_SYMBOL);
    rememberCode(descriptor_, blamed.c_str());
    if (!same(read, *descriptor_))
        throw PluginError(file_.string() + " is refused: it changed while it was loaded");
}

}  // namespace postbell::plugin
