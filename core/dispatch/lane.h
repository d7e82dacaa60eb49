// SPDX-License-Identifier: Apache-2.0
// All that goes through one app's credential to one environment of a push network.
#pragma once
#include <vector>

#include "dispatch/channel/authorization_watch.h"
#include "dispatch/channel/channels.h"
#include "dispatch/journal/push_journal.h"
#include "dispatch/lane_context.h"
#include "dispatch/lane_status.h"
#include "dispatch/push/push_composer.h"
#include "dispatch/push/push_sender.h"
#include "dispatch/push/trial_sender.h"
#include "dispatch/queue/device_queue.h"
#include "dispatch/queue/turns.h"
#include "dispatch/verdict/consequences.h"
#include "dispatch/verdict/judge.h"

namespace postbell::dispatch {

/// For one app and environment. Conducts the five things that sending is made of, one folder each:
/// - queue/: the DeviceQueue says which device is due; the lane acts in Turns
/// - push/: the PushSender composes a push to the device and launches it
/// - channel/: the Channel carries it, if its CredentialGuard and the Gate of the origin let it
/// - verdict/: the Judge reads the answer, verdict() decides, the Consequences carry that out
/// - journal/: the PushJournal tells log and metrics
/// All of them see a push on its way, the Flight (flight/). Confined to the loop's thread.
class Lane final : ChannelOwner {
  public:
    /// A store that is away is no obstacle: the lane's turns try again.
    Lane(const LaneContext& context, store::Id app, store::Environment environment);
    ~Lane();

    /// A row that was made durable. Throws std::bad_alloc: then it must come again.
    void changed(const store::Pending& row);
    void confirmSettled(const store::Settlement& settlement);
    /// The app's credentials changed: a new upload takes over as soon as it is opened, without
    /// dropping a push.
    void reloadCredential();
    void tryPush(store::PushTarget target, std::int32_t badge, TrialDone done) {
        trials_.tryPush(std::move(target), badge, std::move(done));
    }
    /// No new flights from now on.
    void drain();
    std::size_t inFlight() const { return channels_.inFlight(); }
    bool idle() const { return queue_.empty(); }
    /// Without the backlog, which countWaiting() counts as DeviceQueue::count() does.
    LaneStatus status() const;
    void addFailures(std::vector<LaneFailure>& failures) const;
    bool countWaiting(std::size_t& position, std::size_t most, LaneStatus& status) const;

  private:
    Now now() const;

    // The credential.
    void loadCredential();
    /// Gets an authorization if none is held, and says when a push may be sent with it: kAtOnce, a
    /// time, or kNever: not before an exchange ends. A refusal pauses the credential.
    util::SteadyTime authorize(Channel& channel, ProbeOf probe_of);
    void saveGuard(Channel& channel);

    // Sending. As Turns::Turn.
    util::SteadyTime turn();
    util::SteadyTime send(Channel& channel, ProbeOf probe_of, unsigned most, const Now& at);
    /// While nothing is pending. As turn().
    util::SteadyTime rest(Channel& channel, util::SteadyTime now);
    void tried(Channel& channel, ProbeOf probe_of, PushSender::Sent sent);

    // Events of a channel.
    void ready(Channel& channel, Destination& destination) override;
    void encodingEnded(Channel& channel, Flight flight, provider::Encoded& request) override;
    void answered(Channel& channel, Flight flight, const engine::Answer& answer) override;
    void pushAnswered(Channel& channel, const Flight& flight, const engine::Answer& answer);
    TrialSender::ChannelOrNot channelForTrial();

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
    SettlementWriter settlement_writer_;
    Consequences consequences_;
    Judge judge_;
    PushComposer composer_;
    PushSender sender_;
    TrialSender trials_;
    AuthorizationWatch authorizations_;
    engine::Timer deaths_timer_;  // armed: devices died
};

}  // namespace postbell::dispatch
