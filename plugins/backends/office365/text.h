// SPDX-License-Identifier: Apache-2.0
// Text as protocols write it: ASCII only, whatever the locale.
#pragma once
#include <algorithm>
#include <string_view>

namespace postbell::office365 {

inline bool equalsIgnoringCase(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace postbell::office365
