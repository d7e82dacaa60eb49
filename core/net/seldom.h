// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>

#include "util/time.h"

namespace postbell::net {

/// Lets a line through once a minute at most: a remote party can cause it at will.
class Seldom {
  public:
    bool allows(util::SteadyTime now) {
        if (now < next_) return false;
        next_ = now + std::chrono::minutes(1);
        return true;
    }

  private:
    util::SteadyTime next_;
};

}  // namespace postbell::net
