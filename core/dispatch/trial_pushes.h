// SPDX-License-Identifier: Apache-2.0
// An admin's trial pushes: those that wait until they can be sent, and those that are on their way.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "dispatch/flights.h"
#include "dispatch/trial_outcome.h"
#include "engine/loop.h"

namespace postbell::dispatch {

/// Tries each again and again, for ten seconds of real time. Confined to the loop's thread.
class TrialPushes {
  public:
    enum class Result {
        Sent,    ///< the sender calls ended() when it is answered
        NotYet,  ///< it may go out later
        NotSent,
    };
    struct Attempt {
        Result result;
        std::string reason;  ///< why it was not sent, for the admin
    };
    /// Takes the flight only if it is sent or never can be.
    using Sender = std::function<Attempt(Flight&)>;

    /// `loop` outlives this.
    TrialPushes(engine::Loop& loop, Sender send);
    /// Sends it now or later. `done` is called once, with "not_sent" if it could not be.
    void add(Flight flight, TrialDone done);
    /// The push of that Flight::trial was answered, or lost.
    void ended(std::uint64_t trial, const TrialOutcome& outcome);

  private:
    struct Queued {
        Flight flight;
        util::RealTime until;
    };
    void sendWaiting();

    engine::Loop& loop_;
    const Sender send_;
    std::uint64_t last_trial_ = 0;
    std::map<std::uint64_t, TrialDone> done_;
    std::vector<Queued> waiting_;
    engine::Timer timer_;
};

}  // namespace postbell::dispatch
