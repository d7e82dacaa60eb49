// SPDX-License-Identifier: Apache-2.0
// Sending an admin's trial push, past the queue and the guard.
#pragma once
#include "dispatch/channel.h"
#include "dispatch/push_journal.h"
#include "dispatch/trial_pushes.h"

namespace postbell::dispatch {

/// The flight of a trial push: new mail with that badge.
Flight trialFlight(store::PushTarget target, std::int32_t badge, util::Trace trace,
                   util::WallTime now);
/// Sends the push. Result::Sent includes a push that is being encoded beside the loop.
TrialPushes::Attempt sendTrial(Channel& channel, PushJournal& journal, Flight& flight);
/// Sends a push that was encoded beside the loop.
TrialPushes::Attempt trialEncoded(Channel& channel, PushJournal& journal, Flight& flight,
                                  provider::Encoded& encoded);
/// How the push went, for the admin.
TrialOutcome answeredTrial(const Flight& flight, const engine::Answer& answer,
                           const provider::Outcome& outcome);
TrialOutcome unansweredTrial(const Flight& flight, const engine::Answer& answer);

}  // namespace postbell::dispatch
