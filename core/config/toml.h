// SPDX-License-Identifier: Apache-2.0
// toml++, made fit for any bytes. The only place that includes it.
#pragma once

// toml++ 3.3 asserts that a table's header begins as a name does before it has looked, and, without
// assertions, has clang assume it: "[=" ends a debug build and is undefined in an optimised one.
// Its error for such a name comes right behind, so the assertions are left out, whatever the build.
#pragma push_macro("NDEBUG")
#undef NDEBUG
#define TOML_ASSERT(condition) static_cast<void>(0)
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")
