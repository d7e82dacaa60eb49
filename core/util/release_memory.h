// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

namespace postbell::util {

/// Empties `text` and gives its memory back: to assign an empty string keeps the memory, in
/// libstdc++.
inline void releaseMemory(std::string& text) {
    std::string().swap(text);
}

}  // namespace postbell::util
