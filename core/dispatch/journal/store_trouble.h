// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "log/log.h"
#include "log/seldom.h"
#include "store/records/store_error.h"
#include "util/clock.h"
#include "util/insist.h"
#include "util/real_time.h"

namespace postbell::dispatch {

/// How long pushes wait for a store that could not be read: the disk heals in real time, at any
/// speed of `clock`.
inline util::Milliseconds storeRetry(const util::Clock& clock) {
    return clock.ofReal(store::kStoreRetry);
}

/// The store's trouble in the log: a line a minute for all lanes and devices together, since each
/// of them meets it again every second. Confined to the loop's thread.
class StoreTrouble {
  public:
    /// `log` outlives this.
    explicit StoreTrouble(log::Log& log) : log_(log) {}

    /// Without memory for a line there is none.
    void met(std::string_view reason) noexcept {
        const auto times = lines_.admit(util::realNow());
        if (!times) return;
        util::succeeds([&] {
            log_.warning("the store cannot be read: pushes wait",
                         {{"reason", reason}, {"times", *times}});
        });
    }

  private:
    log::Log& log_;
    log::Seldom<util::RealTime> lines_;
};

}  // namespace postbell::dispatch
