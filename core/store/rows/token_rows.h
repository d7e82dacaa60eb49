// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "store/records/basics.h"
#include "store/records/token_state.h"

namespace postbell::store {

/// How devices' tokens stand with their push networks.
class TokenRows {
  public:
    virtual ~TokenRows() = default;

    /// Of a device that is gone: a state that no outcome is about.
    virtual TokenState find(Id device) const = 0;
    /// All but `token_at`, which outcomes leave alone.
    virtual void put(Id device, const TokenState& token) = 0;
    /// TokenState::apply() of the proof, in the engine's own language: one statement for each
    /// device that is delivered to for the first time that day.
    virtual void prove(const TokenProof& proof) = 0;
};

}  // namespace postbell::store
