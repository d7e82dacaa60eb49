// SPDX-License-Identifier: Apache-2.0
#include "app/maintenance.h"

#include <chrono>
#include <utility>

#include "util/exception_text.h"
#include "util/insist.h"
#include "util/named_thread.h"

namespace postbell::app {
namespace {

constexpr std::chrono::milliseconds kTick{500};
/// In one tick: rows looked at, apps nudged.
constexpr std::size_t kSweptRows = 2'000;
constexpr std::size_t kNudges = 50;
constexpr std::chrono::hours kExpiryCheckEvery{1};
constexpr std::chrono::minutes kMarkEvery{1};
constexpr std::chrono::minutes kFilesLookEvery{1};

}  // namespace

Maintenance::Maintenance(store::Store& store, registry::LifeClockOf life_clock_of,
                         registry::Census& census, util::Milliseconds waiting_ends_after,
                         std::function<void()> follow_files, const util::Clock& clock,
                         log::Log& log, util::Heartbeats& heartbeats)
    : store_(store),
      credentials_(store.credentials()),
      directory_(store.directory()),
      sweeper_(store.registrations(), store.events(), std::move(life_clock_of), census,
               waiting_ends_after),
      follow_files_(std::move(follow_files)),
      clock_(clock),
      log_(log),
      heartbeat_(heartbeats.add("maintenance")),
      wall_clock_(clock, log),
      next_files_look_(clock.steady() + kFilesLookEvery),  // the gateway has looked at its start
      thread_(util::startThread("maintenance", [this] { run(); })) {}

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
        attempt([this] { wall_clock_.look(); });
        // A write may be hours away: one that fails has the writer say so, once.
        attempt([this] {
            if (!store_.isThere()) store_.health();
        });
        attempt([this] { sweep(); });
        if (clock_.steady() >= next_mark_) attempt([this] { markAlive(); });
        if (clock_.steady() >= next_expiry_check_) attempt([this] { announceExpiry(); });
        if (clock_.steady() >= next_files_look_) {
            next_files_look_ = clock_.steady() + kFilesLookEvery;
            attempt(follow_files_);
        }
        heartbeat_.waiting();
        lock.lock();
    }
}

/// A chore that fails keeps no other from being done.
template <class Chore>
void Maintenance::attempt(const Chore& chore) {
    constexpr std::string_view kStoreFailed = "the store failed: maintenance waits";
    constexpr std::string_view kFailed = "a chore of maintenance failed, and is tried again";
    try {
        chore();
    } catch (const store::StoreError& e) {
        util::succeeds([&] { complain(kStoreFailed, e.what()); });
    } catch (const std::exception& e) {
        util::succeeds([&] { complain(kFailed, e.what()); });
    }
}

void Maintenance::sweep() {
    ended_ += sweeper_.step(kSweptRows, kNudges).ended;
    if (ended_ == 0 || !ended_lines_.admit(clock_.steady())) return;
    log_.info("registrations that were never reported on have ended",
              {{"registrations", std::exchange(ended_, 0)}});
}

/// A store that cannot be read fails at every tick, until an admin mends it.
void Maintenance::complain(std::string_view sentence, std::string_view reason) {
    const auto suppressed = complaints_.admit("maintenance", reason, clock_.steady());
    if (suppressed) log_.warning(sentence, {{"reason", reason}, {"suppressed", *suppressed}});
}

/// The next start knows from it how long the gateway was away.
void Maintenance::markAlive() {
    next_mark_ = clock_.steady() + kMarkEvery;
    store_.markAlive(clock_.wall());
}

void Maintenance::announceExpiry() {
    const util::WallTime now = clock_.wall();
    util::Milliseconds pause = kExpiryCheckEvery;
    for (const store::Credential& c : credentials_.listCredentials()) {
        if (!util::isSet(c.expires_at)) continue;
        const util::Milliseconds left = c.expires_at - now;
        if (left.count() > 0) pause = std::min(pause, left);
        if (!expiry_notices_.due(std::to_string(c.id), left)) continue;
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
    next_expiry_check_ = clock_.steady() + pause;
}

}  // namespace postbell::app
