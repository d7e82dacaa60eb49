// SPDX-License-Identifier: Apache-2.0
// All that goes through one app's credential to one environment of a push network.
#pragma once
#include <memory>
#include <string_view>
#include <vector>

#include "dispatch/channels.h"
#include "dispatch/credential_guard.h"
#include "dispatch/device_queue.h"
#include "dispatch/judge.h"
#include "dispatch/lane_context.h"
#include "dispatch/lane_status.h"
#include "dispatch/push_journal.h"
#include "dispatch/push_sender.h"
#include "dispatch/trial_pushes.h"
#include "engine/work_scope.h"

namespace postbell::dispatch {

/// Conducts: the DeviceQueue says which device is due, the CredentialGuard and the Gate whether a
/// push may leave, the Channel carries it, verdict() says what follows from its answer, and the
/// PushJournal writes it down. Confined to the loop's thread.
class Lane final : ChannelOwner {
  public:
    Lane(const LaneContext& context, store::Id app, store::Environment environment);
    ~Lane();

    /// A row that was made durable.
    void changed(const store::Pending& row);
    void confirmSettled(const store::Settlement& settlement);
    /// The app's credentials changed: a new upload takes over from here on, without dropping a
    /// push.
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
    // When the lane's turn comes.
    Now now() const;
    void turnSoon();
    void wakeAt(util::SteadyTime when);
    /// The last barrier: an exception in `work` becomes a line in the log, and a pause.
    template <class Work>
    void guarded(Work work);

    // The credential.
    void loadCredential();
    bool authorized(bool guard_probe);
    void authorizationEnded();
    void saveGuard();

    // Sending.
    void turn();
    TrialPushes::Attempt sendTrial(Flight& flight);

    // Answers.
    void answered(Channel& channel, Flight flight, const engine::Answer& answer) override;
    void ready(Channel& channel, Route& route) override;
    void trialAnswered(Channel& channel, const Flight& flight, const engine::Answer& answer);

    LaneContext context_;
    const store::Id app_id_;
    const store::Environment environment_;
    store::App app_;
    const Network* network_ = nullptr;
    bool reload_failed_ = false;  // the store could not be read

    DeviceQueue queue_;
    CredentialGuard guard_;
    PushJournal journal_;
    Channels channels_;
    Settlements settlements_;
    Judge judge_;
    PushSender sender_;
    TrialPushes trials_;

    bool turn_posted_ = false;
    bool draining_ = false;
    engine::Timer timer_;
    util::SteadyTime timer_at_;
    engine::WorkScope work_;
};

}  // namespace postbell::dispatch
