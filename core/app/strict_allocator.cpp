// SPDX-License-Identifier: Apache-2.0
#include "app/strict_allocator.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <dlfcn.h>
#include <unistd.h>

namespace postbell::app {
namespace {

/// Of glibc, beside the C library (Debian: libc6).
constexpr const char* kCheckingLibrary = "libc_malloc_debug.so.0";
/// `operator new` comes from the C++ library, and that calls the C library's malloc().
constexpr std::string_view kOthers = " libstdc++.so.6 libc.so.6";

std::vector<std::string> arguments() {
    std::ifstream file("/proc/self/cmdline", std::ios::binary);
    const std::string all{std::istreambuf_iterator<char>(file), {}};
    std::vector<std::string> each;
    for (std::size_t from = 0; from < all.size();) {
        const std::size_t end = all.find('\0', from);
        each.push_back(all.substr(from, end - from));
        from = end == std::string::npos ? all.size() : end + 1;
    }
    return each;
}

}  // namespace

void restartWithStrictAllocator() {
    const char* preloaded = std::getenv("LD_PRELOAD");
    const std::string before = preloaded == nullptr ? "" : preloaded;
    if (before.find(kCheckingLibrary) != std::string::npos) return;
    if (::dlopen(kCheckingLibrary, RTLD_LAZY | RTLD_LOCAL) == nullptr) return;
    std::string libraries(kCheckingLibrary);
    libraries += kOthers;
    if (!before.empty()) libraries += ' ' + before;
    std::vector<std::string> kept = arguments();
    std::vector<char*> raw;
    raw.reserve(kept.size() + 1);
    for (std::string& argument : kept) raw.push_back(argument.data());
    raw.push_back(nullptr);
    ::setenv("LD_PRELOAD", libraries.c_str(), 1);
    ::setenv("MALLOC_CHECK_", "3", 1);
    ::setenv("MALLOC_PERTURB_", "165", 1);
    ::execv("/proc/self/exe", raw.data());
    ::setenv("LD_PRELOAD", before.c_str(), 1);
}

}  // namespace postbell::app
