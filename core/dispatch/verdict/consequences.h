// SPDX-License-Identifier: Apache-2.0
// Carries out verdicts (docs/decisions/when-a-push-network-says-no.md): on the push, its device,
// the credential and the origin.
#pragma once
#include <string_view>

#include "dispatch/channel/channel.h"
#include "dispatch/journal/push_journal.h"
#include "dispatch/journal/push_metrics.h"
#include "dispatch/queue/device_queue.h"
#include "dispatch/verdict/settlement_writer.h"
#include "dispatch/verdict/verdict.h"
#include "store/events.h"
#include "util/backoff.h"

namespace postbell::dispatch {

/// Of one lane. Devices that it changes are put back by the caller. Confined to the loop's thread.
class Consequences {
  public:
    /// The parts that consequences fall upon. The references outlive this.
    struct Parts {
        const util::Clock& clock;
        store::Events& events;
        DeviceQueue& queue;
        PushJournal& journal;
        SettlementWriter& settlements;
    };

    /// Back-offs double to `retry_max`.
    Consequences(const Parts& parts, util::Milliseconds retry_max);

    /// Of an answer to `flight`, which `channel` carried.
    void carryOut(const Verdict& verdict, Channel& channel, Device& device, const Flight& flight,
                  const provider::Outcome& outcome, const Now& now);
    /// On the credential and its authorization alone. `device` 0: the outcome is no device's.
    void onCredential(const Verdict& verdict, Channel& channel, store::Id device,
                      const provider::Outcome& outcome, const Now& now);
    /// The device is due again after a pause.
    void wait(Device& device, Pause pause = {}, OriginWaiters* waiters = nullptr) noexcept;
    /// The provider failed the push of a registration: it is due again after a pause of its own,
    /// which holds up no other registration of the device.
    void setAside(Device& device, store::Id registration) noexcept;
    /// Of an admin's trial push that was delivered: on its device and the credential.
    void onTrial(const Verdict& delivered, Channel& channel, const Flight& flight,
                 const provider::Outcome& outcome, const Now& now);
    /// Settles all that is pending for a registration that cannot be pushed to.
    void drop(Waiting& waiting, PushMetrics::Drop why);

  private:
    void onPush(const Verdict& verdict, Device& device, const Flight& flight, util::WallTime now);
    void onDevice(const Verdict& verdict, Device& device, const Flight& flight, const Now& now);
    void onOrigin(const Verdict& verdict, const Flight& flight, const provider::Outcome& outcome,
                  util::SteadyTime now);
    void onAuthorization(Verdict::Authorization authorization, Channel& channel,
                         const provider::Outcome& outcome, const Now& now);
    /// A push was delivered to the flight's token: its device is a witness.
    void prove(Device& device, const Flight& flight, util::WallTime now);
    void retire(Device& device, const Flight& flight, util::WallTime now);

    const Parts parts_;
    util::Backoff backoff_;
    std::uint32_t slow_downs_ = 0;  // of the credential, in a row
};

}  // namespace postbell::dispatch
