// SPDX-License-Identifier: Apache-2.0
// All that goes through one app's credential to one environment of a push network.
#pragma once
#include "dispatch/channels.h"
#include "dispatch/consequences.h"
#include "dispatch/device_queue.h"
#include "dispatch/judge.h"
#include "dispatch/lane_context.h"
#include "dispatch/lane_status.h"
#include "dispatch/push_composer.h"
#include "dispatch/push_journal.h"
#include "dispatch/push_sender.h"
#include "dispatch/trial_pushes.h"
#include "dispatch/turns.h"

namespace postbell::dispatch {

/// Conducts: the DeviceQueue says which device is due, the Channel's CredentialGuard and the Gate
/// of the origin whether a push may leave, the Channel carries it, the Judge says what follows from
/// its answer, and the PushJournal writes it down. It acts in Turns. Confined to the loop's thread.
class Lane final : ChannelOwner {
  public:
    /// A store that is away is no obstacle: the lane's turns try again.
    Lane(const LaneContext& context, store::Id app, store::Environment environment);
    ~Lane();

    /// A row that was made durable.
    void changed(const store::Pending& row);
    void confirmSettled(const store::Settlement& settlement);
    /// The app's credentials changed: a new upload takes over as soon as it is opened, without
    /// dropping a push.
    void reloadCredential();
    void tryPush(store::PushTarget target, std::int32_t badge, TrialDone done);
    /// No new flights from now on.
    void drain();
    std::size_t inFlight() const { return channels_.inFlight(); }
    bool idle() const { return queue_.empty(); }
    /// Without the backlog, which countWaiting() counts as DeviceQueue::count() does.
    LaneStatus status() const;
    bool countWaiting(std::size_t& position, std::size_t most, LaneStatus& status) const;

  private:
    Now now() const;

    // The credential.
    void loadCredential();
    /// When a push may be sent with an authorization: kAtOnce, a time, or kNever: not before an
    /// exchange ends.
    util::SteadyTime authorizedAt(Channel& channel, bool guard_probe);
    void authorizationEnded();
    void saveGuard(Channel& channel);

    // Sending. As Turns::Turn.
    util::SteadyTime turn();
    util::SteadyTime send(Channel& channel, bool guard_probe, unsigned most, const Now& at);
    /// Rule 6: a probe of the guard that could not leave says nothing of the credential.
    void probed(Channel& channel, PushSender::Sent sent);

    // Events of a channel.
    void ready(Channel& channel, Destination& destination) override;
    void encoded(Channel& channel, Flight flight, provider::Encoded& encoded) override;
    void answered(Channel& channel, Flight flight, const engine::Answer& answer) override;
    void pushAnswered(Channel& channel, const Flight& flight, const engine::Answer& answer);

    // An admin's trial pushes.
    TrialPushes::Attempt sendTrial(Flight& flight);
    void trialEncoded(Channel& channel, Flight& flight, provider::Encoded& encoded);
    void trialAnswered(Channel& channel, const Flight& flight, const engine::Answer& answer);

    LaneContext context_;
    const store::Id app_id_;
    const store::Environment environment_;
    store::App app_;
    const Network* network_ = nullptr;
    bool loaded_ = false;  // app and credential were read since they changed
    bool draining_ = false;

    DeviceQueue queue_;
    PushJournal journal_;
    Turns turns_;
    Channels channels_;
    Settlements settlements_;
    Consequences consequences_;
    Judge judge_;
    PushComposer composer_;
    PushSender sender_;
    TrialPushes trials_;
    engine::Timer deaths_timer_;  // armed: devices died
};

}  // namespace postbell::dispatch
