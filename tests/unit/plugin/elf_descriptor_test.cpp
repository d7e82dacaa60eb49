// SPDX-License-Identifier: Apache-2.0
#include "plugin/elf_descriptor.h"

#include <elf.h>

#include <cstring>
#include <random>

#include <catch2/catch.hpp>

#include "plugin/elf_image.h"
#include "plugin/library.h"
#include "plugin/plugin_error.h"
#include "plugin_folder.h"
#include "postbell/abi.h"

using namespace postbell::plugin;
using Catch::Contains;
using postbell::test::PluginFolder;

namespace {

/// True if it could be read; a refusal is fine as well, anything else is not.
bool reads(std::string_view content) {
    try {
        const ElfDescriptor found = readDescriptor(content, "x.so");
        return found.size >= sizeof(postbell_plugin);
    } catch (const PluginError&) {
        return false;
    }
}

template <class T>
std::string with(std::string content, std::size_t offset, T value) {
    std::memcpy(content.data() + offset, &value, sizeof value);
    return content;
}

std::string why(std::string_view content) {
    try {
        readDescriptor(content, "x.so");
    } catch (const PluginError& e) {
        return e.what();
    }
    return "read";
}

}  // namespace

TEST_CASE("a descriptor is read from the file alone", "[plugin]") {
    const ElfDescriptor found =
        readDescriptor(PluginFolder::contentOf("c_backend"), "c_backend.so");

    CHECK(found.size == sizeof(postbell_plugin));
    CHECK(found.abi_major == POSTBELL_ABI_MAJOR);
    CHECK(found.abi_minor == POSTBELL_ABI_MINOR);
    CHECK(found.kind == POSTBELL_KIND_BACKEND);
    CHECK(found.id == "com.example.c-backend");
    CHECK(found.name == "A backend in C");
    CHECK(found.vendor == "Example");
    CHECK(found.version == "1.2.3");
    CHECK(readDescriptor(PluginFolder::contentOf("c_provider"), "p").kind ==
          POSTBELL_KIND_PROVIDER);
    CHECK(readDescriptor(PluginFolder::contentOf("cpp_throws"), "p").id == "com.example.throws");
}

TEST_CASE("a file that is no library is refused with a sentence", "[plugin]") {
    const std::string good = PluginFolder::contentOf("c_backend");

    CHECK_THAT(why(""), Contains("x.so is refused: it is no shared library"));
    CHECK_THAT(why("#!/bin/sh\n"), Contains("it is no shared library"));
    CHECK_THAT(why(good.substr(0, 10)), Contains("it is cut off"));
    CHECK_THAT(why(with<unsigned char>(good, EI_CLASS, ELFCLASS32)), Contains("32-bit"));
    CHECK_THAT(why(with<unsigned char>(good, EI_DATA, ELFDATA2MSB)),
               Contains("another kind of processor"));
    CHECK_THAT(why(with<Elf64_Half>(good, offsetof(Elf64_Ehdr, e_machine), EM_S390)),
               Contains("another kind of processor"));
    CHECK_THAT(why(with<Elf64_Half>(good, offsetof(Elf64_Ehdr, e_type), ET_REL)),
               Contains("no shared library"));
    CHECK_THAT(why(with<Elf64_Half>(good, offsetof(Elf64_Ehdr, e_phnum), 0xffff)),
               Contains("damaged"));
    CHECK_THAT(why(with<Elf64_Off>(good, offsetof(Elf64_Ehdr, e_phoff), ~0ull)),
               Contains("cut off"));
}

TEST_CASE("a library cut off anywhere is refused or still whole", "[plugin]") {
    const std::string good = PluginFolder::contentOf("c_backend");
    PluginFolder folder;
    std::size_t whole = 0;

    for (std::size_t size = 0; size < good.size(); size += 64) {
        // An exact allocation, so that the address sanitizer sees every byte too far.
        const std::vector<char> exact(good.begin(),
                                      good.begin() + static_cast<std::ptrdiff_t>(size));
        if (!reads({exact.data(), exact.size()})) continue;
        // The loader must take each file that the reader let through.
        ++whole;
        const std::string name = "cut" + std::to_string(size);
        folder.write(name, good.substr(0, size));
        CHECK_NOTHROW(Library(folder.path(), name, postbell::config::PluginKind::Backend));
    }

    CHECK(whole > 0);  // the file's end is for debuggers and linkers only
    CHECK(reads(good));
}

TEST_CASE("damaged bytes never disturb the reader", "[plugin]") {
    const std::string good = PluginFolder::contentOf("c_backend");
    std::mt19937 random(1);
    std::size_t refused = 0;

    SECTION("each byte of the headers") {
        const std::size_t headers = sizeof(Elf64_Ehdr) + 12 * sizeof(Elf64_Phdr);
        for (std::size_t i = 0; i < headers; ++i)
            for (const char value : {'\0', '\1', '\x7f', '\x80', '\xff'})
                if (!reads(with(good, i, value))) ++refused;
    }
    SECTION("each word of the dynamic part and around") {
        const std::size_t at = good.find("postbell_plugin_v0");
        for (std::size_t i = 0; i + 8 < std::min<std::size_t>(good.size(), at + 2048); i += 8)
            for (const std::uint64_t value : {0ull, 1ull, ~0ull, 1ull << 63, 0xffffffffull})
                if (!reads(with(good, i, value))) ++refused;
    }
    SECTION("random bytes anywhere") {
        for (int round = 0; round < 3000; ++round) {
            std::string bad = good;
            for (unsigned flips = random() % 32; flips-- > 0;)
                bad[random() % bad.size()] = static_cast<char>(random());
            if (!reads(bad)) ++refused;
        }
    }
    CHECK(refused > 0);
}

TEST_CASE("a library of zeros behind a good start takes no memory of its wish", "[plugin]") {
    std::string bad = PluginFolder::contentOf("c_backend").substr(0, 4096);
    bad.resize(64 * 1024, '\0');

    CHECK_FALSE(reads(bad));
}
