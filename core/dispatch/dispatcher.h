// SPDX-License-Identifier: Apache-2.0
// Sends what is pending: from the store's rows to the push networks, and the outcomes back.
#pragma once
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "dispatch/lane.h"

namespace postbell::dispatch {

/// Public functions are thread-safe. Everything else happens on the loop's thread, where one lane
/// for each app and environment keeps its own queue, guard and connections: trouble of one is no
/// other's.
class Dispatcher final : public store::PendingSink {
  public:
    /// All references must outlive the dispatcher; `loop` must be stopped, or drain() must have
    /// returned, before destruction.
    struct Parts {
        engine::Loop& loop;
        store::Events& events;
        store::Credentials& credentials;
        store::Directory& directory;
        const Networks& networks;
        ConnectionOpener open_connections;
        prometheus::Registry& registry;
        log::Log& log;
        DispatchSettings settings;
        LifeClockOf life_clock_of;
        OutcomeNote note_outcome;
        CountReader read_count;
    };
    explicit Dispatcher(Parts parts);
    ~Dispatcher() override;

    /// Reads every pending row and begins to send.
    void start();
    /// Sends nothing new, waits for answers under way for at most `patience` of real time, and
    /// hands over what they mean.
    void drain(util::Milliseconds patience);

    void committed(std::span<const store::Pending> rows,
                   std::span<const store::Settlement> settled) override;
    /// An app's credential was added, replaced or removed, or the app itself was.
    void credentialChanged(store::Id app);
    /// Sends a push at once, past the queue and the guard. `done` is called on the loop's thread.
    void tryPush(store::PushTarget target, std::int32_t badge, TrialDone done);
    /// Where pushes with a credential go in each environment that it serves: found by encoding one.
    /// Empty if the credential cannot be used, or the device names the origin.
    std::map<store::Environment, std::string> origins(const store::Credential& credential);
    /// One for each app and environment with a credential, or with something to push since the
    /// start.
    std::vector<LaneStatus> status();

  private:
    Lane& lane(store::Id app, store::Environment environment);
    /// Of each environment that a credential of the app (0: of any) serves: for alarms and metrics
    /// a lane is there before the first push. One at a time: a certificate takes milliseconds to
    /// open.
    void openLanes(store::Id app);
    void settle(store::Settlement settlement);

    const Parts parts_;
    PushMetrics metrics_;
    util::TraceSource traces_;
    const Settlements::Queue queue_settlement_;
    const LaneContext context_;
    std::map<std::pair<store::Id, store::Environment>, std::unique_ptr<Lane>> lanes_;
    bool started_ = false;                        // the loop's thread only
    std::vector<store::Settlement> settlements_;  // of this turn of the loop
};

}  // namespace postbell::dispatch
