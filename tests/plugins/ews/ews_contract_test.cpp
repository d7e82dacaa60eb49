// SPDX-License-Identifier: Apache-2.0
// The plugin's file, as a gateway sees it.
#include <elf.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "plugins/told_by_backend.h"

using namespace postbell;
using namespace postbell::testing;

namespace {

template <class T>
T at(const std::string& file, std::size_t offset) {
    T value;
    REQUIRE(offset + sizeof value <= file.size());
    std::memcpy(&value, file.data() + offset, sizeof value);
    return value;
}

/// The names of what an ELF file defines for others.
std::vector<std::string> exportedBy(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream content;
    content << in.rdbuf();
    const std::string file = content.str();

    std::vector<std::string> names;
    const auto header = at<Elf64_Ehdr>(file, 0);
    for (std::size_t i = 0; i < header.e_shnum; ++i) {
        const auto section = at<Elf64_Shdr>(file, header.e_shoff + i * header.e_shentsize);
        if (section.sh_type != SHT_DYNSYM) continue;
        const auto strings =
            at<Elf64_Shdr>(file, header.e_shoff + section.sh_link * header.e_shentsize);
        for (std::size_t offset = 0; offset < section.sh_size; offset += section.sh_entsize) {
            const auto symbol = at<Elf64_Sym>(file, section.sh_offset + offset);
            if (symbol.st_shndx != SHN_UNDEF && ELF64_ST_BIND(symbol.st_info) != STB_LOCAL)
                names.emplace_back(file.c_str() + strings.sh_offset + symbol.st_name);
        }
    }
    return names;
}

}  // namespace

TEST_CASE("the plugin exports its descriptor and nothing else", "[ews]") {
    CHECK(exportedBy(EWS_PLUGIN) == std::vector<std::string>{"postbell_plugin_v0"});
}

TEST_CASE("the descriptor says what the plugin is", "[ews]") {
    const LoadedPlugin plugin(EWS_PLUGIN);
    const postbell_plugin& descriptor = plugin.descriptor();

    CHECK(descriptor.size == sizeof(postbell_plugin));
    CHECK(descriptor.abi_major == POSTBELL_ABI_MAJOR);
    CHECK(descriptor.abi_minor == POSTBELL_ABI_MINOR);
    CHECK(descriptor.kind == POSTBELL_KIND_BACKEND);
    CHECK(descriptor.needs == 0);
    CHECK(descriptor.flags == POSTBELL_NEVER_BLOCKS);
    CHECK(descriptor.extension(nullptr, "unknown") == nullptr);
}

TEST_CASE("the schema accepts the documented key and no other", "[ews]") {
    const auto schema = test::schemaOf(EWS_PLUGIN);

    CHECK(schema["additionalProperties"] == false);
    CHECK(schema["properties"].size() == 1);
    CHECK(schema["properties"]["status_frequency_minutes"]["type"] == "integer");
    CHECK(schema["properties"]["status_frequency_minutes"]["minimum"] == 1);
    CHECK(schema["properties"]["status_frequency_minutes"]["maximum"] == 1440);
}

TEST_CASE("the heartbeat and what the app is told follow the config", "[ews]") {
    const auto [configured, minutes] = GENERATE(
        table<std::string, std::uint32_t>({{"", 15}, {"1", 1}, {"30", 30}, {"1440", 1440}}));
    const auto told = test::described(EWS_PLUGIN, "status_frequency_minutes", configured);

    CHECK(told.heartbeat_ms == minutes * 60'000);
    CHECK(nlohmann::json::parse(told.callback) ==
          nlohmann::json{{"status_frequency_minutes", minutes}});
}

TEST_CASE("a status frequency that Exchange does not accept is refused with a sentence", "[ews]") {
    for (const auto value : {"0", "1441", "-5", "often", "1.5", ""}) {
        INFO(value);
        CHECK(test::refusalOf(LoadedPlugin(EWS_PLUGIN), "status_frequency_minutes", value) ==
              "status_frequency_minutes must be a whole number from 1 to 1440");
    }
}

TEST_CASE("the only route is a post to a registration's callback", "[ews]") {
    const test::Routes routes(EWS_PLUGIN);
    const postbell_route& route = routes.only();

    CHECK(route.callback == POSTBELL_CALLBACK_REGISTRATION);
    CHECK(view(route.method) == "POST");
    CHECK(view(route.suffix).empty());
    CHECK(route.max_body == 0);
    CHECK(route.needs_proof == 0);
}
