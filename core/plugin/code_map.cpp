// SPDX-License-Identifier: Apache-2.0
#include "plugin/code_map.h"

#include <link.h>

#include <array>
#include <atomic>
#include <cstring>

namespace postbell::plugin {
namespace {

struct Code {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    std::array<char, 512> name{};
};

constexpr std::size_t kMaxPlugins = 64;
// Prepared before a crash. Entries below the count never change.
std::array<Code, kMaxPlugins> code_of_plugins;
std::atomic<std::size_t> plugin_count = 0;

/// A library that is looked for by an address in it, and the extent of its code.
struct Sought {
    std::uintptr_t inside;
    std::uintptr_t begin;
    std::uintptr_t end;
};

int look(dl_phdr_info* library, std::size_t, void* user) {
    Sought& sought = *static_cast<Sought*>(user);
    bool found = false;
    std::uintptr_t begin = UINTPTR_MAX;
    std::uintptr_t end = 0;
    for (std::size_t i = 0; i < library->dlpi_phnum; ++i) {
        const auto& segment = library->dlpi_phdr[i];
        if (segment.p_type != PT_LOAD) continue;
        const std::uintptr_t first = library->dlpi_addr + segment.p_vaddr;
        const std::uintptr_t last = first + segment.p_memsz;
        found = found || (sought.inside >= first && sought.inside < last);
        if ((segment.p_flags & PF_X) == 0) continue;
        begin = begin < first ? begin : first;
        end = end > last ? end : last;
    }
    if (!found) return 0;
    sought.begin = begin;
    sought.end = end;
    return 1;
}

}  // namespace

void rememberCode(const void* inside, const char* name) {
    const std::size_t at = plugin_count.load(std::memory_order_relaxed);
    Sought sought{reinterpret_cast<std::uintptr_t>(inside), 0, 0};
    if (at == kMaxPlugins || ::dl_iterate_phdr(look, &sought) == 0 ||
        pluginWithCode(sought.begin) != nullptr)
        return;
    Code& code = code_of_plugins[at];
    code.begin = sought.begin;
    code.end = sought.end;
    std::strncpy(code.name.data(), name, code.name.size() - 1);
    plugin_count.store(at + 1, std::memory_order_release);
}

const char* pluginWithCode(std::uintptr_t address) noexcept {
    const std::size_t count = plugin_count.load(std::memory_order_acquire);
    for (std::size_t i = 0; i < count; ++i) {
        const Code& code = code_of_plugins[i];
        if (address >= code.begin && address < code.end) return code.name.data();
    }
    return nullptr;
}

const char* pluginAmong(std::span<const std::uintptr_t> words) noexcept {
    for (const std::uintptr_t word : words)
        if (const char* name = pluginWithCode(word)) return name;
    return nullptr;
}

}  // namespace postbell::plugin
