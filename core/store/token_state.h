// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "store/settlement.h"

namespace postbell::store {

/// How a device's token stands with its push network. What is said of a token that the device no
/// longer has changes nothing: an answer may arrive after the device came by with a new one.
struct TokenState {
    std::int64_t token_at = 0;  ///< when the app last vouched for it
    std::int64_t dead_at = 0;   ///< 0: it lives
    std::int64_t first_410_at = 0;

    /// Whether it is about this token.
    bool apply(const DeviceDead& dead) {
        if (dead.token_at != token_at) return false;
        dead_at = dead.at;
        return true;
    }
    bool apply(const First410& first) {
        if (first.token_at != token_at) return false;
        first_410_at = first.at;
        return true;
    }
};

}  // namespace postbell::store
