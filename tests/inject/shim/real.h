// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dlfcn.h>

/// The function of that name that would have been called without the shim.
#define REAL(name) (inject::next<decltype(&::name)>(#name))

namespace inject {

template <class Function>
Function next(const char* name) {
    return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

}  // namespace inject
