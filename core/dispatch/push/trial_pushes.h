// SPDX-License-Identifier: Apache-2.0
// An admin's trial pushes: waiting until they can be sent, or on their way.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dispatch/flight/flights.h"
#include "dispatch/flight/trial_outcome.h"
#include "engine/loop.h"

namespace postbell::dispatch {

/// Tries each again and again, for ten seconds of real time. Confined to the loop's thread.
class TrialPushes {
  public:
    enum class Result {
        Sent,    ///< the sender calls ended() when it is answered
        NotYet,  ///< it may be sent later
        NotSent,
    };
    struct Attempt {
        Result result = Result::NotSent;
        std::string reason;  ///< why it was not sent, for the admin
        TrialOutcome::Lack lack = TrialOutcome::Lack::Other;
    };
    /// Moves the flight out only if it is sent, or can never be sent.
    using Sender = std::function<Attempt(Flight&)>;

    /// `loop` outlives this.
    TrialPushes(engine::Loop& loop, Sender send);
    /// Sends the flight now or later. `done` is called once, as NotSent if it was not sent.
    void add(Flight flight, TrialDone done);
    /// Sends a push that was answered once more, with another authorization. If none comes in time,
    /// `answered` is its outcome.
    void sendAgain(Flight flight, TrialOutcome answered);
    /// The push with that Flight::trial was answered, or lost.
    void ended(std::uint64_t trial, const TrialOutcome& outcome);

  private:
    struct Queued {
        Flight flight;
        util::RealTime until;
        std::optional<TrialOutcome> answered;  // before
    };
    /// The outcome of a push that could not leave.
    static TrialOutcome givenUp(Queued& queued, const Attempt& attempt);
    void sendWaiting();

    engine::Loop& loop_;
    const Sender send_;
    std::uint64_t last_trial_ = 0;
    std::map<std::uint64_t, TrialDone> done_;
    std::vector<Queued> waiting_;
    engine::Timer timer_;
};

}  // namespace postbell::dispatch
