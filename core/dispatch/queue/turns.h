// SPDX-License-Identifier: Apache-2.0
// When a lane's turn comes: the one home of its wake-ups.
#pragma once
#include <functional>
#include <string_view>
#include <utility>

#include "dispatch/flight/now.h"
#include "engine/loop.h"
#include "engine/work_scope.h"
#include "util/exception_text.h"

namespace postbell::dispatch {

/// A turn looks at everything anew, and ends by saying when the next one comes. Every event that
/// reaches the lane is handled here, and is followed by a turn also if its handling fails. So
/// nothing that is due is left without a wake-up, and no exception reaches the loop. Confined to
/// the loop's thread.
class Turns {
  public:
    /// The return value is the time of the next turn at the latest: kAtOnce lets the other lanes
    /// have theirs first, kNever waits for an event.
    using Turn = std::function<util::SteadyTime()>;
    /// Is told the text of an exception. Throws none.
    using Fault = std::function<void(std::string_view text)>;

    /// `loop` outlives this.
    Turns(engine::Loop& loop, Turn turn, Fault fault);

    /// Handles an event now, and has a turn at the end of the loop's turn.
    template <class Work>
    void handle(Work&& work) {
        guarded(std::forward<Work>(work));
        soon();
    }
    /// A function that handles an event with its arguments on the loop's thread. Any thread may
    /// call it at any time, also when this is gone.
    template <class Work>
    auto handler(Work work) {
        return scope_.callback([this, work = std::move(work)](const auto&... arguments) {
            this->handle([&] { work(arguments...); });
        });
    }
    /// A turn at the end of the loop's turn.
    void soon();

  private:
    /// False: there was an exception.
    template <class Work>
    bool guarded(Work&& work) {
        try {
            work();
            return true;
        } catch (...) {
            fault_(util::exceptionText());
        }
        return false;
    }
    void take();
    void wakeAt(util::SteadyTime when);

    engine::Loop& loop_;
    const Turn turn_;
    const Fault fault_;
    bool posted_ = false;
    engine::Timer timer_;
    util::SteadyTime timer_at_;
    engine::WorkScope scope_;
};

}  // namespace postbell::dispatch
