// SPDX-License-Identifier: Apache-2.0
// Sends what is pending: from the store's rows to the push networks, and the outcomes back.
#pragma once
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "dispatch/hooks.h"
#include "dispatch/lane_status.h"
#include "dispatch/settings.h"
#include "dispatch/trial_outcome.h"
#include "store/events.h"

namespace prometheus {
class Registry;
}
namespace postbell::engine {
class Loop;
}
namespace postbell::log {
class Log;
}
namespace postbell::store {
class Credentials;
class Directory;
struct Credential;
}  // namespace postbell::store

namespace postbell::dispatch {

class Lanes;
class Networks;

/// Thread-safe face of the Lanes, which are confined to the loop's thread.
class Dispatcher final : public store::PendingSink {
  public:
    /// All references must outlive the dispatcher.
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
    /// Where pushes with a credential go in each environment that it serves: found by encoding one.
    /// Empty if the credential cannot be used, or the device names the origin.
    std::map<store::Environment, std::string> origins(const store::Credential& credential);
    /// One for each app and environment with a credential, or with something to push since the
    /// start.
    std::vector<LaneStatus> status();

  private:
    const Parts parts_;
    std::unique_ptr<Lanes> lanes_;
};

}  // namespace postbell::dispatch
