// SPDX-License-Identifier: Apache-2.0
#include "app/maintenance.h"

#include <pthread.h>

#include <chrono>

namespace postbell::app {
namespace {

constexpr std::chrono::milliseconds kTick{500};
/// In one tick: rows looked at, apps asked to come by.
constexpr std::size_t kSweptRows = 2'000;
constexpr std::size_t kNudges = 50;
constexpr std::chrono::hours kExpiryCheckEvery{1};
constexpr std::chrono::minutes kMarkEvery{1};

}  // namespace

Maintenance::Maintenance(store::Store& store, registry::Sweeper::LifeClockOf life_clock_of,
                         registry::Census& census, const util::Clock& clock, log::Log& log,
                         util::Heartbeats& heartbeats)
    : store_(store),
      credentials_(store.credentials()),
      directory_(store.directory()),
      sweeper_(store.registrations(), store.events(), store.seen(), std::move(life_clock_of),
               census),
      clock_(clock),
      log_(log),
      heartbeat_(heartbeats.add("maintenance")),
      thread_([this] { run(); }) {
    pthread_setname_np(thread_.native_handle(), "maintenance");
}

Maintenance::~Maintenance() {
    {
        const std::lock_guard lock(stop_mutex_);
        stopping_ = true;
    }
    stop_.notify_all();
    thread_.join();
    markAlive();
}

void Maintenance::run() {
    std::unique_lock lock(stop_mutex_);
    while (!stop_.wait_for(lock, kTick, [this] { return stopping_; })) {
        lock.unlock();
        heartbeat_.beat();
        try {
            // A write may be hours away: one that fails has the writer say so, once.
            if (!store_.isThere()) store_.health();
            sweeper_.step(kSweptRows, kNudges);
            if (clock_.wall() >= next_mark_) markAlive();
            if (clock_.wall() >= next_expiry_check_) announceExpiry();
        } catch (const std::exception& e) {
            waits(e.what());
        }
        heartbeat_.waiting();
        lock.lock();
    }
}

/// A store that cannot be read fails at every tick, for as long as nobody mends it.
void Maintenance::waits(std::string_view reason) {
    const auto suppressed = complaints_.admit("maintenance", reason, clock_.steady());
    if (suppressed)
        log_.warning("the store failed: maintenance waits",
                     {{"reason", reason}, {"suppressed", *suppressed}});
}

/// The next start knows from it how long the gateway was away.
void Maintenance::markAlive() {
    const util::WallTime now = clock_.wall();
    next_mark_ = now + kMarkEvery;
    store_.markAlive(now);
}

void Maintenance::announceExpiry() {
    const util::WallTime now = clock_.wall();
    next_expiry_check_ = now + kExpiryCheckEvery;
    for (const store::Credential& c : credentials_.listCredentials()) {
        if (!util::isSet(c.expires_at)) continue;
        const util::Milliseconds left = c.expires_at - now;
        if (left.count() > 0) next_expiry_check_ = std::min(next_expiry_check_, c.expires_at);
        if (!expiry_notices_.due(c.id, left)) continue;
        const auto app = directory_.findApp(c.app);
        const std::string name = app ? app->name : std::string();
        const std::string tenant = app ? app->tenant_name : std::string();
        if (left.count() <= 0)
            log_.error("a credential has expired: renew it with `postbell credential add`",
                       {{"tenant", tenant},
                        {"app", name},
                        {"provider", c.provider},
                        {"subject", c.subject}});
        else
            log_.warning("a credential expires soon: renew it with `postbell credential add`",
                         {{"tenant", tenant},
                          {"app", name},
                          {"provider", c.provider},
                          {"subject", c.subject},
                          {"days_left", std::chrono::floor<std::chrono::days>(left).count()}});
    }
}

}  // namespace postbell::app
