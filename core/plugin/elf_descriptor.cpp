// SPDX-License-Identifier: Apache-2.0
#include "plugin/elf_descriptor.h"

#include <cstddef>
#include <cstring>

#include "plugin/elf_image.h"
#include "plugin/plugin_error.h"
#include "postbell/abi.h"
#include "util/printable.h"

namespace postbell::plugin {
namespace {

constexpr std::string_view kSymbol = POSTBELL_PLUGIN_SYMBOL;
constexpr std::string_view kSymbolOfAnyMajor = "postbell_plugin_v";
constexpr std::size_t kMaxText = 256;

PluginError refusal(const std::filesystem::path& path, const std::string& why) {
    return PluginError(path.string() + " is refused: " + why);
}

std::string ours() {
    return contractVersion(POSTBELL_ABI_MAJOR, POSTBELL_ABI_MINOR);
}

ElfImage::Symbol findDescriptor(const ElfImage& image, const std::filesystem::path& path) {
    std::string other;
    for (const ElfImage::Symbol& symbol : image.exportedData(kSymbolOfAnyMajor)) {
        if (symbol.name == kSymbol) return symbol;
        other = util::printable(symbol.name, 64);
    }
    if (other.empty())
        throw refusal(path,
                      "it exports no " + std::string(kSymbol) + ", so it is no plugin of Postbell");
    throw refusal(path, "it is built for major version " + other.substr(kSymbolOfAnyMajor.size()) +
                            " of the plugin contract (it exports " + other +
                            "), and this gateway speaks version " + ours() +
                            ". A plugin and a gateway of the same major version are needed");
}

void checkVersion(const ElfDescriptor& found, const std::filesystem::path& path) {
    const std::string theirs = contractVersion(found.abi_major, found.abi_minor);
    if (found.abi_major != POSTBELL_ABI_MAJOR)
        throw refusal(path, "it is built for version " + theirs +
                                " of the plugin contract, and this gateway speaks version " +
                                ours() + ". Both must have the same major version");
    if (found.needs_minor > POSTBELL_ABI_MINOR)
        throw refusal(path, "it needs at least version " +
                                contractVersion(found.abi_major, found.needs_minor) +
                                " of the plugin contract, and this gateway speaks version " +
                                ours() + ". A newer gateway or an older plugin is needed");
    if (found.abi_minor < POSTBELL_ABI_LEAST_MINOR)
        throw refusal(path, "it is built for version " + theirs +
                                " of the plugin contract, and this gateway speaks version " +
                                ours() + ". Plugins built for version " +
                                contractVersion(POSTBELL_ABI_MAJOR, POSTBELL_ABI_LEAST_MINOR) +
                                " or later are needed: the layout was another before");
}

void checkShape(const ElfDescriptor& found, const std::filesystem::path& path) {
    if (found.size < POSTBELL_PLUGIN_V1_SIZE)
        throw refusal(path, "its descriptor has " + std::to_string(found.size) +
                                " bytes, and at least " + std::to_string(POSTBELL_PLUGIN_V1_SIZE) +
                                " are expected");
    if (found.kind != POSTBELL_KIND_BACKEND && found.kind != POSTBELL_KIND_PROVIDER)
        throw refusal(path, "it is of kind " + std::to_string(found.kind) +
                                ", and this gateway knows backends (1) and providers (2)");
}

std::string textOf(const ElfImage& image, std::uint64_t field) {
    const auto address = image.pointerAt(field);
    const auto text = address && *address != 0 ? image.textAt(*address, kMaxText) : std::nullopt;
    return text ? util::printable(*text, kMaxText) : std::string();
}

std::string schemaOf(const ElfImage& image, std::uint64_t field) {
    const auto address = image.pointerAt(field);
    const auto text =
        address && *address != 0 ? image.textAt(*address, POSTBELL_MAX_SCHEMA_BYTES) : std::nullopt;
    return std::string(text.value_or(std::string_view()));
}

bool isNull(const ElfImage& image, std::uint64_t field) {
    return image.pointerAt(field) == std::uint64_t{0};
}

}  // namespace

std::string contractVersion(std::uint32_t major, std::uint32_t minor) {
    return std::to_string(major) + "." + std::to_string(minor);
}

ElfDescriptor readDescriptor(std::string_view content, const std::filesystem::path& path) {
    try {
        const ElfImage image(content);
        const ElfImage::Symbol symbol = findDescriptor(image, path);
        // The five leading numbers have the same place in every version of the contract.
        const auto head = image.at(symbol.address, offsetof(postbell_plugin, needs));
        ElfDescriptor found;
        std::uint32_t head_fields[5] = {};
        static_assert(offsetof(postbell_plugin, needs) == sizeof head_fields);
        if (head) std::memcpy(head_fields, head->data(), sizeof head_fields);
        found.size = head_fields[0];
        found.abi_major = head_fields[1];
        found.abi_minor = head_fields[2];
        found.needs_minor = head_fields[3];
        found.kind = head_fields[4];
        if (found.size == 0)
            throw refusal(path,
                          "its descriptor " + std::string(kSymbol) +
                              " is filled when the library is loaded; it must be constant data");
        checkVersion(found, path);
        checkShape(found, path);
        if (!image.at(symbol.address, POSTBELL_PLUGIN_V1_SIZE))
            throw refusal(path, "it is damaged (descriptor)");
        found.id = textOf(image, symbol.address + offsetof(postbell_plugin, id));
        found.name = textOf(image, symbol.address + offsetof(postbell_plugin, name));
        found.vendor = textOf(image, symbol.address + offsetof(postbell_plugin, vendor));
        found.version = textOf(image, symbol.address + offsetof(postbell_plugin, version));
        found.config_schema =
            schemaOf(image, symbol.address + offsetof(postbell_plugin, config_schema));
        found.has_create = !isNull(image, symbol.address + offsetof(postbell_plugin, create));
        found.has_table = !isNull(image, symbol.address + offsetof(postbell_plugin, table));
        return found;
    } catch (const ElfError& e) {
        throw refusal(path, e.what());
    }
}

ElfDescriptor readDescriptor(const PluginFile& file) {
    return readDescriptor(file.content(), file.path());
}

}  // namespace postbell::plugin
