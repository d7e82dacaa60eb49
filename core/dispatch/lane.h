// SPDX-License-Identifier: Apache-2.0
// All that goes through one app's credential to one environment of a push network: a queue, a
// guard, connections.
#pragma once
#include <functional>
#include <memory>
#include <queue>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "dispatch/backoff.h"
#include "dispatch/badge.h"
#include "dispatch/breaker.h"
#include "dispatch/credential_guard.h"
#include "dispatch/flights.h"
#include "dispatch/push_metrics.h"
#include "dispatch/test_pushes.h"
#include "dispatch/waiting.h"
#include "engine/pool.h"
#include "provider/credential_session.h"
#include "registry/seen_buffer.h"

namespace postbell::dispatch {

struct DispatchSettings {
    std::int64_t quiet_delay_ms = 2'000;
    std::int64_t retry_max_ms = 15 * 60 * 1000;
    std::int64_t request_timeout_ms = 30'000;
    unsigned connections_per_credential = 1;
    std::string proxy, ca_file;  ///< for connections to push networks
};

/// Reads the unread count of a managed mailbox, as of `since_us` of the steady clock or later, for
/// a push whose event did not tell it. `done` is called once, on any thread, with the count or
/// store::kUnknownCount, before long; not at all once the gateway stops. Empty: nobody can.
using CountReader = std::function<void(const store::ManagedState& mailbox, std::int64_t since_us,
                                       std::function<void(std::int32_t)> done)>;

/// What all lanes share. The references outlive the lanes.
struct LaneContext {
    engine::Loop& loop;
    store::Store& store;
    registry::SeenBuffer& seen;
    const provider::ProviderHost& providers;
    PushMetrics& metrics;
    log::Log& log;
    const DispatchSettings& settings;
    util::TraceSource& traces;
    LifeClockOf life_clock_of;
    CountReader read_count;
    /// Queues a settlement for the end of this turn.
    std::function<void(store::Settlement)> settle;
};

/// How a lane stands, for metrics, `doctor` and readiness.
struct LaneStatus {
    bool stored = false;  ///< the app has a credential, whether it can be used or not
    std::string app, tenant, provider;
    store::Environment environment = store::Environment::None;
    std::size_t waiting = 0;
    std::int64_t oldest_since_ms = 0;
    std::string paused_reason;  ///< empty: open
    bool has_credential = false, origin_failing = false;
    engine::PoolStats connections;
};

/// Confined to the loop's thread.
class Lane final : public engine::AnswerSink {
  public:
    Lane(LaneContext context, store::Id app, store::Environment environment);
    ~Lane() override;

    /// A row that was made durable.
    void changed(const store::Pending& row);
    void settled(const store::Settlement& settlement);
    /// The app's credentials changed: a new upload takes over from here on, without dropping a
    /// push.
    void reloadCredential();
    void test(store::PushTarget target, std::int32_t badge, std::function<void(TestOutcome)> done);
    /// No new flights from now on.
    void drain();
    std::size_t inFlight() const { return flights_.size(); }
    bool idle() const { return devices_.empty(); }
    /// Without what countWaiting() says.
    LaneStatus status() const;
    /// Counts what waits on about `most` devices from `position` on, and moves it; false: that was
    /// all. In parts, so that a scrape does not hold up the pushes of others; what comes and goes
    /// meanwhile may be counted or not.
    bool countWaiting(std::size_t& position, std::size_t most, LaneStatus& status) const;

    void answered(std::uint64_t tag, const engine::Answer& answer) override;
    void ready() override { pumpSoon(); }

  private:
    static constexpr std::int64_t kStoreRetryMs = 1'000;
    static std::int64_t steadyUs();

    // The queue.
    void schedule(Device& device);
    Device* nextDue(std::int64_t now_ms);
    void releaseAll();
    void removeIfDone(Device& device);
    /// The app is gone, and its pending rows with it.
    void forgetDevices();
    void wakeAt(std::int64_t steady_ms);
    void pumpSoon();

    // The credential in use (lane_credential.cpp).
    void loadCredential();
    void retireSession();
    /// Sent with the upload that is in use now.
    bool isCurrent(const Flight& flight) const;
    /// The last answer to what a replaced credential sent lets go of its connections.
    void closeOutgoing(const Flight& flight);
    engine::PoolOptions poolOptions(const std::string& origin) const;
    engine::Pool& poolTo(const std::string& origin);

    // Sending (lane_sending.cpp).
    void pump();
    bool mayPump(std::int64_t now_ms);
    void pumpProbe(std::int64_t now_ms);
    void send(Device& device, bool probe, bool guard_probe);
    bool submit(Flight flight);
    void drop(Device& device, Waiting& waiting, PushMetrics::Drop why);
    void noteDropped(Waiting& waiting, PushMetrics::Drop why);
    void countSent(Waiting& waiting, Part part, bool first, bool new_mail);

    // Counts that are read before a push (lane_counts.cpp).
    bool mustCount(const Waiting& waiting, const store::PushTarget& target) const;
    void readCount(Device& device, const Waiting& waiting, const store::ManagedState& mailbox);
    std::vector<store::BadgeShare> badgeShares(Device& device);
    void counted(store::Id device, store::Id registration, Waiting::Counted counted);

    // What follows from an answer for its push (lane_outcomes.cpp).
    void supersededAnswer(Device& device, const Flight& flight, const engine::Answer& answer);
    void noAnswer(Device& device, const Flight& flight, const engine::Answer& answer);
    void judge(Device& device, const Flight& flight, const engine::Answer& answer);
    void settleFlight(Device& device, const Flight& flight, bool delivered);
    void delivered(Device& device, const Flight& flight);
    void tokenDead(Device& device, const Flight& flight, const postbell_outcome& outcome);
    void tokenForeign(Device& device, const Flight& flight, const postbell_outcome& outcome);
    void markDead(Device& device, const Flight& flight);
    void retry(Device& device, const postbell_outcome& outcome);
    void retryDevice(Device& device, std::int64_t after_ms, bool origins_doing);

    // What follows for the credential and the origin (lane_guards.cpp).
    void credentialRefused(const Flight& flight, std::string_view reason, std::string_view advice);
    void reauthorize(const Flight& flight, const postbell_outcome& outcome);
    void guardGood(store::Id device);
    void alarmPaused(std::string_view advice);
    void saveGuard();
    void originFailed(const Flight& flight, bool sure, std::string_view detail);
    void originAsksFor(std::int64_t wait_ms, std::string_view reason);
    void originWaits(bool waited_before, std::string_view why);
    void originWorks();

    // Test pushes (lane_test_pushes.cpp).
    TestPushes::Attempt trySendTest(Flight& flight);
    void answeredTest(const Flight& flight, const engine::Answer& answer);

    // The log (lane_trace.cpp).
    bool debugs() const { return context_.log.enabled(log::Level::Debug); }
    void logMerged(util::Trace earlier, util::Trace into);
    void logSent(const Flight& flight);
    void logAnswered(const Flight& flight, std::string_view outcome, int status,
                     std::string_view reason);
    void logRetry(const Device& device, const Waiting& waiting);

    LaneContext context_;
    const store::Id app_id_;
    const store::Environment environment_;
    store::App app_;
    const provider::Provider* provider_ = nullptr;
    std::unique_ptr<provider::CredentialSession> session_;
    std::vector<std::unique_ptr<provider::CredentialSession>>
        outgoing_;  // replaced, with flights under way
    std::unique_ptr<engine::Pool> pool_;
    std::vector<std::unique_ptr<engine::Pool>> outgoing_pools_;
    std::string origin_;

    std::unordered_map<store::Id, Device> devices_;
    using Scheduled = std::pair<std::int64_t, store::Id>;  // due on the steady clock, device
    std::priority_queue<Scheduled, std::vector<Scheduled>, std::greater<>> schedule_;
    Flights flights_;
    Breaker breaker_;
    CredentialGuard guard_;
    Backoff device_backoff_;
    std::int64_t hold_until_ms_ = 0;  // steady clock: the credential was asked to slow down
    std::uint32_t credential_failures_ = 0;
    std::int64_t authorizations_ = 0;  // counts those that were dropped
    std::size_t outgoing_flights_ = 0;
    std::string last_failure_;  // why no connection could be made, for people
    bool reauthorizing_ =
        false;  // the authorization was dropped once; a second refusal is the credential's
    bool probing_ = false;
    bool stored_ = false;         // there is a credential, whether it can be used or not
    bool reload_failed_ = false;  // the store could not be read
    bool pump_posted_ = false;
    bool draining_ = false;
    TestPushes tests_;
    engine::Timer timer_;
    std::int64_t timer_at_ms_ = 0;
    std::vector<engine::Header> headers_;
    std::shared_ptr<int> alive_ = std::make_shared<int>(0);  // what other threads call back asks it
};

}  // namespace postbell::dispatch
