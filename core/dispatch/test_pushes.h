// SPDX-License-Identifier: Apache-2.0
// An admin's test pushes that wait until they can be sent.
#pragma once
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "dispatch/flights.h"
#include "engine/loop.h"

namespace postbell::dispatch {

/// What an admin's test push came to.
struct TestOutcome {
    std::string
        outcome;  ///< "delivered", "retry", "token_dead", "token_foreign", "credential_refused",
                  ///< "reauthorize", "rejected", "no_answer", "not_sent"
    int status = 0;
    std::string reason, advice;
    std::int64_t latency_ms = 0;
    util::Trace trace = 0;  ///< what the log has of it
};

/// Tries each again and again, for ten seconds of real time. Confined to the loop's thread.
class TestPushes {
  public:
    enum class Result {
        Sent,    ///< its answer is the sender's to report
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
    TestPushes(engine::Loop& loop, Sender send);
    /// Sends it now or later. `flight.test` is called with "not_sent" if it could not be.
    void add(Flight flight);

  private:
    struct Queued {
        Flight flight;
        std::chrono::steady_clock::time_point until;
    };
    void sendWaiting();

    engine::Loop& loop_;
    const Sender send_;
    std::vector<Queued> waiting_;
    engine::Timer timer_;
};

}  // namespace postbell::dispatch
