// SPDX-License-Identifier: Apache-2.0
// The push network's word on a device's token. Who is a witness:
// docs/decisions/when-a-push-network-says-no.md.
#pragma once
#include <algorithm>
#include <cstdint>

#include "util/time.h"

namespace postbell::dispatch {

/// Of the token that was pushed to last. A value.
class TokenHistory {
  public:
    /// A witness for or against the credential: a push was delivered to this token.
    bool isProven() const { return util::isSet(proven_at_); }
    /// The token may be made up: its device waits by itself, behind all others.
    bool isDoubtful() const { return foreign_words_ > 0 && !isProven(); }
    /// When a push was last known to be delivered; not set: never.
    util::WallTime provenAt() const { return proven_at_; }
    /// How often the network called the token foreign since a push was delivered.
    std::uint32_t foreignWords() const { return foreign_words_; }
    /// The first of these words. Precondition: there is one.
    util::SteadyTime foreignSince() const { return foreign_since_; }

    /// Of an event's copy, which may be of an earlier token: for the order of probes, until the
    /// first push reads the truth.
    void provenHint(util::WallTime hint) {
        if (!util::isSet(token_at_)) proven_at_ = std::max(proven_at_, hint);
    }
    /// A push goes to the token, as the store has it. A delivery that the store does not know of
    /// yet counts as long as the token is the same; another token is not proven by it.
    void pushesTo(util::WallTime token_at, util::WallTime stored_proof) {
        proven_at_ = token_at_ == token_at ? std::max(proven_at_, stored_proof) : stored_proof;
        token_at_ = token_at;
    }
    void proven(util::WallTime token_at, util::WallTime at) {
        token_at_ = token_at;
        proven_at_ = at;
    }
    void calledForeign(util::SteadyTime now) {
        if (foreign_words_++ == 0) foreign_since_ = now;
    }
    /// Rule 7: no word of an earlier upload counts. Also after a delivery.
    void forgetForeignWords() { foreign_words_ = 0; }

  private:
    util::WallTime token_at_;  // not set: no push since the start
    util::WallTime proven_at_;
    std::uint32_t foreign_words_ = 0;
    util::SteadyTime foreign_since_;
};

}  // namespace postbell::dispatch
