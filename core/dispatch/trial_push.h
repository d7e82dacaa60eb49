// SPDX-License-Identifier: Apache-2.0
// Sending an admin's trial push, past the queue and the guard. Nothing of it is stored.
#pragma once
#include "dispatch/channel.h"
#include "dispatch/credential_guard.h"
#include "dispatch/push_journal.h"
#include "dispatch/trial_pushes.h"

namespace postbell::dispatch {

/// What it says.
Flight trialFlight(store::PushTarget target, std::int32_t badge, util::Trace trace,
                   util::WallTime now);
/// Where encoding is done beside the loop it counts as sent from there on, and `not_sent` is called
/// if it was not. `guard` and `journal` outlive the channel.
using TrialNotSent = std::function<void(std::uint64_t trial, const TrialOutcome& outcome)>;
TrialPushes::Attempt sendTrial(Channel& channel, const CredentialGuard& guard, PushJournal& journal,
                               Flight& flight, TrialNotSent not_sent);
TrialOutcome trialOutcome(Channel& channel, const Flight& flight, const engine::Answer& answer);

}  // namespace postbell::dispatch
