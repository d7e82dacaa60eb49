// SPDX-License-Identifier: Apache-2.0
// Sends pending rows: from the store's rows to the push networks, and the outcomes back.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dispatch/flight/trial_outcome.h"
#include "dispatch/lane_status.h"
#include "dispatch/surroundings.h"
#include "store/events.h"
#include "util/real_time.h"

namespace postbell::store {
struct Credential;
}

namespace postbell::dispatch {

class Lanes;

/// Thread-safe face of the Lanes, which are confined to the loop's thread.
class Dispatcher final : public store::PendingSink {
  public:
    explicit Dispatcher(Surroundings around);
    /// No other call may be under way. Outcomes of pushes in flight are lost: drain() before.
    ~Dispatcher() override;

    /// Reads every pending row and begins to send.
    void start();
    /// Sends nothing new, waits for answers under way for at most `patience` of real time, and
    /// hands their settlements to the store.
    void drain(util::Milliseconds patience);

    void committed(std::span<const store::Pending> rows,
                   std::span<const store::Settlement> settled) override;
    /// An app's credential was added, replaced or removed, or the app itself was.
    void credentialChanged(store::Id app);
    /// Sends a push at once, past the queue and the guard. `done` is called on the loop's thread.
    void tryPush(store::PushTarget target, std::int32_t badge, TrialDone done);
    /// As credentialOrigins(). Touches no lane.
    std::map<store::Environment, std::string> origins(const store::Credential& credential);
    /// Why the credential gets no new authorization; empty: nothing is known against it.
    std::string authorizationProblem(store::Id credential) const;
    /// One for each app and environment with a credential, or with pending pushes since the
    /// start.
    std::vector<LaneStatus> status();
    /// The network's own origins that pushes fail at now. Nothing: the loop does not tell within
    /// `patience`.
    std::optional<std::vector<LaneFailure>> failures(util::RealSpan patience);

  private:
    const Surroundings around_;
    std::unique_ptr<Lanes> lanes_;
};

}  // namespace postbell::dispatch
