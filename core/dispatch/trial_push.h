// SPDX-License-Identifier: Apache-2.0
// Sending an admin's trial push, past the queue and the guard. Nothing of it is stored.
#pragma once
#include "dispatch/channel.h"
#include "dispatch/credential_guard.h"
#include "dispatch/push_journal.h"
#include "dispatch/trial_pushes.h"

namespace postbell::dispatch {

/// The flight of a trial push: new mail with that badge.
Flight trialFlight(store::PushTarget target, std::int32_t badge, util::Trace trace,
                   util::WallTime now);
/// Called if a push that was encoded beside the loop could not be sent after all.
using TrialNotSent = std::function<void(std::uint64_t trial, const TrialOutcome& outcome)>;
/// Sends the push. Result::Sent includes a push that is being encoded beside the loop. `guard` and
/// `journal` outlive the channel.
TrialPushes::Attempt sendTrial(Channel& channel, const CredentialGuard& guard, PushJournal& journal,
                               Flight& flight, TrialNotSent not_sent);
/// The outcome that an answer means.
TrialOutcome trialOutcome(Channel& channel, const Flight& flight, const engine::Answer& answer);

}  // namespace postbell::dispatch
