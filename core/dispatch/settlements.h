// SPDX-License-Identifier: Apache-2.0
// From outcomes to the store's settlements.
#pragma once
#include <functional>
#include <utility>

#include "dispatch/flights.h"
#include "store/records.h"
#include "util/time.h"

namespace postbell::dispatch {

/// Makes the settlements of one lane. Confined to one thread.
class Settlements {
  public:
    using Queue = std::function<void(const store::Settlement&)>;

    /// `queue` collects settlements until the end of the loop's turn.
    Settlements(store::Id app, store::Environment environment, const Queue& queue)
        : app_(app), environment_(environment), queue_(queue) {}

    /// The part that the flight carried is removed up to its generation.
    void delivered(const Flight& flight, util::WallTime now);
    void dropped(const Flight& flight, util::WallTime now);
    /// A row that was never sent is given up.
    void dropped(const store::Pending& row, Part part, util::WallTime now);
    void deviceDead(const Flight& flight, util::WallTime now);
    void first410(const Flight& flight, util::WallTime now);
    void firstForeign(const Flight& flight, util::WallTime now);

  private:
    void drop(store::Id registration, store::Id device, Part part, std::int64_t generation,
              util::WallTime now);
    template <class Outcome>
    void queue(store::Id registration, store::Id device, Outcome outcome) {
        queue_({registration, device, app_, environment_, outcome});
    }

    const store::Id app_;
    const store::Environment environment_;
    const Queue& queue_;
};

}  // namespace postbell::dispatch
