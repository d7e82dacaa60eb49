// SPDX-License-Identifier: Apache-2.0
// The device tokens that a push was delivered to.
#pragma once
#include <unordered_map>

#include "store/records.h"
#include "util/time.h"

namespace postbell::dispatch {

/// Of one lane, in memory. Of a token that was registered before the lane began deliveries are not
/// known: it counts as proven. Confined to one thread.
class ProvenTokens {
  public:
    explicit ProvenTokens(util::WallTime began) : began_(began) {}

    void delivered(store::Id device, util::WallTime token_at) {
        if (token_at >= began_) later_[device] = token_at;
    }
    bool contains(store::Id device, util::WallTime token_at) const {
        if (token_at < began_) return true;
        const auto found = later_.find(device);
        return found != later_.end() && found->second == token_at;
    }
    void forget(store::Id device) { later_.erase(device); }

  private:
    const util::WallTime began_;
    std::unordered_map<store::Id, util::WallTime> later_;  // registered since: device and token
};

}  // namespace postbell::dispatch
