// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "store/records/seen.h"
#include "store/records/settlement.h"

namespace postbell::store {

/// How a device's token stands with its push network. An answer about a token that the device no
/// longer has changes nothing: it may arrive after the device came by with a new token.
struct TokenState {
    util::WallTime token_at;  ///< when the app last vouched for it
    util::WallTime dead_at;   ///< not set: it lives
    util::WallTime first_410_at;
    util::WallTime first_foreign_at;
    util::WallTime proven_at;  ///< when a push was last known to be delivered; not set: never

    /// The app vouches for the token: nothing that was said against it counts any more. A push that
    /// another origin took proves nothing of this one.
    void vouchedFor(util::WallTime at, bool other_origin) {
        token_at = at;
        dead_at = first_410_at = first_foreign_at = {};
        if (other_origin) proven_at = {};
    }
    /// Whether the answer is about this token.
    bool apply(const DeviceDead& dead) {
        if (dead.token_at != token_at) return false;
        dead_at = dead.at;
        proven_at = {};
        return true;
    }
    bool apply(const First410& first) {
        if (first.token_at != token_at) return false;
        first_410_at = first.at;
        return true;
    }
    bool apply(const FirstForeign& first) {
        if (first.token_at != token_at) return false;
        first_foreign_at = first.at;
        return true;
    }
    bool apply(const TokenProof& proof) {
        if (proof.token_at != token_at || util::isSet(dead_at)) return false;
        proven_at = proof.at;
        first_foreign_at = {};
        return true;
    }
};

}  // namespace postbell::store
