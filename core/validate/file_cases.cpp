// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <sstream>
#include <string_view>

#include <unistd.h>

#include "plugin/descriptor.h"
#include "plugin/elf_descriptor.h"
#include "plugin/elf_image.h"
#include "plugin/plugin_file.h"
#include "validate/cases.h"

namespace postbell::validate {
namespace {

void isAPluginOfThisContract(const Subject& subject) {
    (void)plugin::readDescriptor(plugin::PluginFile(subject.file));
}

/// A symbol of a sanitizer, whose runtime is the program's to bring. A plugin that is built with
/// one names no library for it, and marks its own sections for it.
bool isOfASanitizer(std::string_view symbol) {
    constexpr std::string_view kPrefixes[] = {"__asan_",         "__ubsan_",  "__tsan_",
                                              "__sanitizer_",    "__sancov_", "__start___sancov_",
                                              "__stop___sancov_"};
    return std::any_of(std::begin(kPrefixes), std::end(kPrefixes),
                       [symbol](std::string_view prefix) { return symbol.starts_with(prefix); });
}

/// The descriptor alone: symbols of a library inside the plugin would else be taken for the
/// gateway's.
void exportsOnlyTheEntry(const Subject& subject) {
    const std::string content = plugin::PluginFile(subject.file).content();
    for (const std::string& name : plugin::ElfImage(content).exportedNames())
        require(name == POSTBELL_PLUGIN_SYMBOL || isOfASanitizer(name),
                "it exports " + name + " beside its descriptor: link it with the version script");
}

/// The loader's own words, in a process that has nothing but the plugin.
void bringsItsLibraries(const Subject& subject) {
    // The shell would read such a path as two words.
    require(subject.file.string().find('\'') == std::string::npos, "its path has a quote in it");
    const std::string command = "ldd -r '" + subject.file.string() + "' 2>&1";
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
    require(pipe != nullptr, "ldd cannot be run");
    std::string text;
    std::array<char, 4096> bytes{};
    while (const std::size_t got = std::fread(bytes.data(), 1, bytes.size(), pipe.get()))
        text.append(bytes.data(), got);
    std::istringstream lines(text);
    constexpr std::string_view kUndefined = "undefined symbol: ";
    for (std::string line; std::getline(lines, line);) {
        const std::size_t symbol = line.find(kUndefined);
        const bool is_missing =
            symbol != line.npos
                ? !isOfASanitizer(std::string_view(line).substr(symbol + kUndefined.size()))
                : line.find("not found") != line.npos;
        require(!is_missing, "it counts on a library that it does not name (" + line + ")");
    }
}

void descriptorIsComplete(const Subject& subject) {
    const Loaded loaded(subject);
    const plugin::Descriptor descriptor(loaded.descriptor(), subject.file.string());
    require(descriptor.raw().needs_minor <= descriptor.raw().abi_minor,
            "it needs a later minor of the contract than it was built with");
}

}  // namespace

std::vector<Case> fileCases() {
    return {{"is-a-plugin-of-this-contract", For::Any, isAPluginOfThisContract},
            {"exports-only-the-entry", For::Any, exportsOnlyTheEntry},
            {"brings-its-libraries", For::Any, bringsItsLibraries},
            {"descriptor-is-complete", For::Any, descriptorIsComplete}};
}

}  // namespace postbell::validate
