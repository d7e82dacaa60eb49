// SPDX-License-Identifier: Apache-2.0
// Where the code of plugins lies, for a process that crashes.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace postbell::plugin {

/// Remembers the library that has `inside` in it, under a name that is copied. For good: plugins
/// stay loaded. By one thread; beyond 64 libraries nothing is remembered.
void rememberCode(const void* inside, const char* name);

/// The name of the library whose code has the address; null: no plugin's. Async-signal-safe.
const char* pluginWithCode(std::uintptr_t address) noexcept;

/// The same of the first of the words that is an address in a plugin's code. Async-signal-safe.
const char* pluginAmong(std::span<const std::uintptr_t> words) noexcept;

}  // namespace postbell::plugin
