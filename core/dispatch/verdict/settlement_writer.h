// SPDX-License-Identifier: Apache-2.0
// From outcomes to the store's settlements.
#pragma once
#include <functional>
#include <utility>

#include "dispatch/flight/flights.h"
#include "store/records/records.h"
#include "util/time.h"

namespace postbell::dispatch {

/// Makes the settlements of one lane. Confined to one thread.
class SettlementWriter {
  public:
    using Sink = std::function<void(const store::Settlement&)>;

    /// `sink` collects settlements until the end of the loop's turn.
    SettlementWriter(store::Id app, store::Environment environment, const Sink& sink)
        : app_(app), environment_(environment), sink_(sink) {}

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
    void write(store::Id registration, store::Id device, Outcome outcome) {
        sink_({registration, device, app_, environment_, outcome});
    }

    const store::Id app_;
    const store::Environment environment_;
    const Sink& sink_;
};

}  // namespace postbell::dispatch
