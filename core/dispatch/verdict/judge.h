// SPDX-License-Identifier: Apache-2.0
// From an answer to its consequences: the provider names the outcome, verdict() decides, and
// the Consequences are carried out. The rules:
// docs/decisions/when-a-push-network-says-no.md.
#pragma once
#include <string_view>

#include "dispatch/channel/channel.h"
#include "dispatch/flight/trial_outcome.h"
#include "dispatch/hooks.h"
#include "dispatch/journal/push_journal.h"
#include "dispatch/verdict/consequences.h"

namespace postbell::dispatch {

/// Of one lane. Confined to the loop's thread.
class Judge {
  public:
    /// The references outlive the judge.
    struct Parts {
        PushJournal& journal;
        Consequences& consequences;
        const OutcomeNote& note_outcome;
    };
    explicit Judge(const Parts& parts);

    /// An answer to a push that `channel` carried. Exceptions do not leave it: then the device
    /// waits.
    void answered(Channel& channel, Device& device, const Flight& flight,
                  const engine::Answer& answer, const Now& now);
    /// An answer to an admin's trial push. Nothing follows from it but that its device was
    /// delivered to with this credential, which is the best of witnesses, that an authorization
    /// which was refused is replaced, and that a connection may be given up.
    TrialOutcome trialAnswered(Channel& channel, const Flight& flight, const engine::Answer& answer,
                               const Now& now);
    /// A push could not be sent; its device waits.
    void notSent(Channel& channel, ProbeOf probe_of, const Now& now);
    /// The credential could not be authorized for a push, and asking again would not help.
    void authorizationRefused(Channel& channel, ProbeOf probe_of, const Now& now);

  private:
    void judge(Channel& channel, Device& device, const Flight& flight, const engine::Answer& answer,
               const Now& now);
    /// Rule 10, for pushes of either kind: the connection that answered takes no more of them.
    static void onConnection(const Verdict& verdict, const Flight& flight,
                             const engine::Answer& answer);
    // The verdict on an answer, or on its absence; fills `outcome`.
    Verdict answeredLate(Channel& channel, const Flight& flight, const engine::Answer& answer);
    Verdict unanswered(Channel& channel, const Flight& flight, const engine::Answer& answer,
                       const Now& now, provider::Outcome& outcome);
    Verdict classified(Channel& channel, const Device& device, const Flight& flight,
                       const engine::Answer& answer, const Now& now, provider::Outcome& outcome);
    void note(const Flight& flight, std::string_view outcome, std::string_view reason,
              util::WallTime now);
    void noteRetry(const Channel& channel, Device& device, const Flight& flight,
                   util::SteadyTime now);

    const Parts parts_;
};

}  // namespace postbell::dispatch
