// SPDX-License-Identifier: Apache-2.0
// From an answer to its consequences: the provider names the outcome, verdict() the consequences,
// and the Judge carries them out on the push, its device, the credential and the origin.
#pragma once
#include <string_view>

#include "dispatch/channel.h"
#include "dispatch/credential_guard.h"
#include "dispatch/device_queue.h"
#include "dispatch/lane_context.h"
#include "dispatch/push_journal.h"
#include "dispatch/verdict.h"

namespace postbell::dispatch {

/// Of one lane. Confined to the loop's thread.
class Judge {
  public:
    /// The parts of a lane that consequences fall upon. The references outlive the judge.
    struct Parts {
        const util::Clock& clock;
        store::Events& events;
        DeviceQueue& queue;
        CredentialGuard& guard;
        PushJournal& journal;
        Settlements& settlements;
        const OutcomeNote& note_outcome;
    };

    /// Back-offs double to `retry_max`; `seed` is for their jitter.
    Judge(Parts parts, util::Milliseconds retry_max, std::uint64_t seed);

    const Parts& parts() const { return parts_; }
    /// An answer to a push that `channel` carried. `current`: the channel is not superseded.
    void answered(Channel& channel, bool current, Device& device, const Flight& flight,
                  const engine::Answer& answer, const Now& now);
    /// The credential could not be authorized, and asking again would not help.
    void authorizationRefused(Channel& channel, bool guard_probe);
    /// One more failure of the device: it is due again after a pause.
    void wait(Device& device, Pause pause = {}, const Gate* held_by = nullptr);
    /// Settles all that is pending for a registration that cannot be pushed to.
    void drop(Device& device, Waiting& waiting, PushMetrics::Drop why);

  private:
    Now now() const { return {parts_.clock.wall(), parts_.clock.steady()}; }
    // The verdict on an answer, or on its absence; fills `outcome`.
    Verdict answeredLate(const Flight& flight, const engine::Answer& answer);
    Verdict unanswered(Channel& channel, const Flight& flight, const engine::Answer& answer,
                       const Now& now, provider::Outcome& outcome);
    Verdict classified(Channel& channel, const Flight& flight, const engine::Answer& answer,
                       const Now& now, provider::Outcome& outcome);
    Facts facts(Channel& channel, const Flight& flight, const Now& now) const;
    void note(const Flight& flight, std::string_view outcome, std::string_view reason,
              util::WallTime now);
    void noteRetry(Device& device, const Flight& flight, util::SteadyTime now);
    void onPush(const Verdict& verdict, Device& device, const Flight& flight, util::WallTime now);
    void onDevice(const Verdict& verdict, Device& device, const Flight& flight, util::WallTime now);
    void onCredential(const Verdict& verdict, Channel& channel, std::string_view device,
                      const provider::Outcome& outcome, const Now& now);
    void onOrigin(const Verdict& verdict, const Flight& flight, std::string_view why,
                  util::SteadyTime now);
    void retire(Device& device, const Flight& flight, util::WallTime now);

    const Parts parts_;
    util::Backoff backoff_;
    std::uint32_t slow_downs_ = 0;  // of the credential, in a row
};

}  // namespace postbell::dispatch
