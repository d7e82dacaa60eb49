// SPDX-License-Identifier: Apache-2.0
#include "libraries.h"

#include <link.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace inject {
namespace {

struct Library {
    const char* name;
    Kind memory;
    std::uintptr_t begin, end;
};

Library sqlite = {"/libsqlite3.so", Kind::Library, 0, 0};
Library others[] = {
    {"/libcrypto.so", Kind::Tls, 0, 0},
    {"/libssl.so", Kind::Tls, 0, 0},
    {"/libnghttp2.so", Kind::Library, 0, 0},
    {"/libexpat.so", Kind::Library, 0, 0},
    {"/libPocoFoundation.so", Kind::Library, 0, 0},
    {"/libPocoNet.so", Kind::Library, 0, 0},
};

/// The program itself, which alone has no name. Its `new` asks malloc, and nothing else of it does.
Library program = {"", Kind::New, 0, 0};

void noteRange(Library& library, const dl_phdr_info& about) {
    library.begin = about.dlpi_addr;
    for (int i = 0; i < about.dlpi_phnum; ++i)
        if (about.dlpi_phdr[i].p_type == PT_LOAD)
            library.end = about.dlpi_addr + about.dlpi_phdr[i].p_vaddr + about.dlpi_phdr[i].p_memsz;
}

void note(Library& library, const dl_phdr_info& about) {
    if (std::strstr(about.dlpi_name, library.name) != nullptr) noteRange(library, about);
}

int noteEach(dl_phdr_info* about, std::size_t, void*) {
    if (*about->dlpi_name == '\0' && program.end == 0) noteRange(program, *about);
    note(sqlite, *about);
    for (Library& library : others) note(library, *about);
    return 0;
}

__attribute__((constructor)) void find() {
    ::dl_iterate_phdr(noteEach, nullptr);
}

bool has(const Library& library, void* caller) {
    const auto at = reinterpret_cast<std::uintptr_t>(caller);
    return at >= library.begin && at < library.end;
}

}  // namespace

std::optional<Kind> memoryOf(void* caller) {
    if (has(program, caller)) return program.memory;
    if (isSqlite(caller)) return sqlite.memory;
    for (const Library& library : others)
        if (has(library, caller)) return library.memory;
    return std::nullopt;
}

bool isSqlite(void* caller) {
    return has(sqlite, caller);
}

}  // namespace inject
