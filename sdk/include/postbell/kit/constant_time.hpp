// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string_view>

namespace postbell::kit {

/// Whether both are the same, in a time that depends on their lengths alone: for signatures and
/// secrets, which a stranger must not find out byte by byte.
inline bool equalConstantTime(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    unsigned difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        difference |= static_cast<unsigned>(static_cast<unsigned char>(a[i]) ^
                                            static_cast<unsigned char>(b[i]));
    // Through volatile, so that no compiler leaves the loop early.
    const volatile unsigned kept = difference;
    return kept == 0;
}

}  // namespace postbell::kit
