// SPDX-License-Identifier: Apache-2.0
// Backends that hold subscriptions themselves: claims of devices, the mailboxes' subscriptions,
// counts for pushes.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "engine/loop.h"
#include "log/log.h"
#include "log/repeat_gate.h"
#include "managed/claim_gate.h"
#include "managed/http_client.h"
#include "managed/mailbox_counts.h"
#include "plugin/backend_plugin.h"
#include "store/mailboxes.h"
#include "util/clock.h"

namespace prometheus {
class Counter;
template <class T>
class Family;
class Gauge;
class Registry;
}  // namespace prometheus

namespace postbell::managed {

/// The result of a device's grant, which is to prove that a mailbox is its user's.
struct Claim {
    enum class Kind { Proven, Refused, Unavailable };
    Kind kind = Kind::Unavailable;
    std::string mailbox;  ///< in the backend's own words
    std::string problem;  ///< a sentence
};

/// Thread-safe between start() and stop(); no other call may be under way when the one begins or
/// the other. Has a thread of its own, so that a slow mail server or a slow commit delays no push.
class ManagedHost {
  public:
    struct Parts {
        store::Mailboxes& store;
        const util::Clock& clock;
        prometheus::Registry& registry;
        log::Log& log;
        /// The public URL of the mailbox listener, without a slash at its end.
        std::string mailbox_url;
        HttpSettings http;
        /// Gets the loop's heartbeat, named "managed"; outlives the host. Null: unread.
        util::Heartbeats* heartbeats = nullptr;
        /// Callers of claim() that may wait for the network at once.
        unsigned max_waiting_claims = 4;
    };
    explicit ManagedHost(Parts parts);
    ~ManagedHost();
    ManagedHost(const ManagedHost&) = delete;
    ManagedHost& operator=(const ManagedHost&) = delete;

    /// A backend with the extension; before start(). It must outlive the host.
    void add(plugin::BackendPlugin& plugin);
    void start();
    /// Gives up tasks under way: the store still knows that they are due.
    void stop();

    bool has(std::string_view instance) const;
    /// Waits for the answer, which may need the network; not for long. Not from the host's own
    /// thread.
    Claim claim(const std::string& instance, const std::string& grant);
    /// The unread count of a mailbox, read no earlier than `since`; unknown if the mail server
    /// takes too long. `done` is called once, on the host's thread or here, unless the host is
    /// stopped before.
    void count(const std::string& instance, store::Id mailbox, util::RealTime since,
               CountDone done);

  private:
    struct Instance;
    void tick();
    void updateGauges();
    void abandonForeign();
    void tellLate(const std::string& backend, const std::string& origin);

    const Parts parts_;
    prometheus::Family<prometheus::Gauge>& mailboxes_;
    prometheus::Family<prometheus::Gauge>& authorization_failing_;
    prometheus::Family<prometheus::Counter>& tasks_;
    const std::shared_ptr<ClaimRoom> claim_room_;  // shared with the instances' runners
    log::RepeatGate late_lines_;
    std::map<std::string, std::unique_ptr<Instance>, std::less<>> instances_;
    std::unique_ptr<engine::Loop> loop_;
    engine::Timer timer_;
    util::SteadyTime gauges_at_;
};

}  // namespace postbell::managed
