// SPDX-License-Identifier: Apache-2.0
// Any bytes as a plugin's file: the descriptor is read, or the file is refused.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "plugin/elf_descriptor.h"
#include "plugin/plugin_error.h"
#include "postbell/abi.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace postbell::plugin;
    try {
        const ElfDescriptor found =
            readDescriptor(std::string_view(reinterpret_cast<const char*>(data), size), "fuzz.so");
        if (found.abi_major != POSTBELL_ABI_MAJOR || found.size < sizeof(postbell_plugin))
            std::abort();
    } catch (const PluginError&) {
    }
    return 0;
}
