// SPDX-License-Identifier: Apache-2.0
// Whether pushes may go to an origin: a failing origin is not hammered, and an origin that asks for
// time gets it. Rules 10 and 11 of docs/decisions/when-a-push-network-says-no.md.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "dispatch/flight/now.h"
#include "dispatch/flight/probe_of.h"
#include "util/backoff.h"
#include "util/time.h"

namespace postbell::dispatch {

/// Whether a push may leave.
struct Admission {
    enum class Kind {
        Open,
        Probe,      ///< one push; no other until it is answered
        WaitUntil,  ///< `until`; kUntilAnswered: the answer to the probe decides
    };
    Kind kind = Kind::Open;
    util::SteadyTime until;
};
constexpr util::SteadyTime kUntilAnswered = kNever;

/// The gate of one origin: when most answers fail it closes, and one probe at a time goes out until
/// one succeeds. Whether the credential itself is accepted is the CredentialGuard's matter, which
/// is asked first. Confined to one thread.
class Gate {
  public:
    Gate() : probe_pauses_(kFirstPause, kMaxPause) {}

    Admission admit(util::SteadyTime now) const;
    /// The push that admit() called Probe is on its way: no other is.
    void probeBegun() { probing_ = true; }
    void probeEnded() { probing_ = false; }

    /// An answer that shows that the origin works, with any outcome of the push. True if this
    /// opened the gate: devices that waited for the origin are due.
    bool succeeded();
    /// How much one failure says.
    enum class Failure {
        Likely,  ///< one among others: most must be such
        Sure,    ///< no connection could be made: one is enough
    };
    /// No answer, or an answer that shows that the origin fails. An ordinary push that was under
    /// way when the gate closed says nothing new. True if this closed the gate.
    bool failed(util::SteadyTime now, Failure failure, ProbeOf probe_of, std::string_view why);
    /// The origin asked for time (Retry-After): nothing goes out before. True if this closed the
    /// gate.
    bool shutUntil(util::SteadyTime when, std::string_view why);

    bool failing() const { return failing_; }
    /// Of the last failure, for people; empty: it works.
    const std::string& lastFailure() const { return last_failure_; }

  private:
    static constexpr std::uint32_t kMinFailures = 5;
    static constexpr std::uint32_t kWindow = 50;
    // Each pause is drawn between half of its step and the whole.
    static constexpr util::Milliseconds kFirstPause{2'000};
    static constexpr util::Milliseconds kMaxPause{30'000};

    bool failing_ = false;
    bool probing_ = false;
    std::uint32_t failures_ = 0;
    std::uint32_t successes_ = 0;
    util::Backoff probe_pauses_;
    util::SteadyTime next_probe_;
    std::string last_failure_;
};

}  // namespace postbell::dispatch
