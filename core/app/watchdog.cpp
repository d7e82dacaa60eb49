// SPDX-License-Identifier: Apache-2.0
#include "app/watchdog.h"

#include <algorithm>
#include <chrono>

#include "plugin/in_plugin.h"
#include "util/insist.h"
#include "util/named_thread.h"

namespace postbell::app {
namespace {

using namespace std::chrono_literals;

constexpr util::Milliseconds kLook = 1s;
/// A loop that never waits: sockets, timers, pushes.
constexpr util::Milliseconds kMaxTurn = 10s;
/// A commit takes as long as the disk does, and loops that wait for commits wait with it.
constexpr util::Milliseconds kMaxCommitTurn = 2min;
/// A backup of a large database.
constexpr util::Milliseconds kMaxAdminTurn = 1h;

util::Milliseconds limitOf(std::string_view loop) {
    if (loop.starts_with("admin-call")) return kMaxAdminTurn;
    for (const std::string_view waits : {"writer", "managed", "maintenance", "reg-call"})
        if (loop.starts_with(waits)) return kMaxCommitTurn;
    return kMaxTurn;
}

/// A plugin's call is named before the loop's own word.
std::string workOf(const util::Heartbeat::Pulse& pulse) {
    std::string call = plugin::callUnderWay(pulse.name);
    return call.empty() ? pulse.task : call;
}

long secondsSince(util::RealTime since, util::RealTime now) {
    return static_cast<long>(std::chrono::floor<std::chrono::seconds>(now - since).count());
}

}  // namespace

std::vector<util::Heartbeat::Pulse> hangingLoops(const util::Heartbeats& heartbeats,
                                                 util::RealTime now) {
    return heartbeats.stuck(now, limitOf);
}

std::string sayHanging(const std::vector<util::Heartbeat::Pulse>& hanging, util::RealTime now) {
    std::string text;
    for (const util::Heartbeat::Pulse& pulse : hanging) {
        text += (text.empty() ? "the loop " : ", the loop ") + pulse.name + " has hung for " +
                std::to_string(secondsSince(*pulse.working_since, now)) + " seconds";
        if (const std::string work = workOf(pulse); !work.empty()) text += " (" + work + ")";
    }
    return text;
}

Watchdog::Watchdog(const util::Heartbeats& heartbeats, const ServiceManager& manager, log::Log& log)
    : heartbeats_(heartbeats),
      manager_(manager),
      log_(log),
      thread_(util::startThread("watchdog", [this] { run(); })) {}

Watchdog::~Watchdog() {
    {
        const std::lock_guard lock(stop_mutex_);
        stopping_ = true;
    }
    stop_.notify_all();
    thread_.join();
}

void Watchdog::run() {
    const util::Milliseconds interval =
        std::min(kLook, manager_.watchdog().value_or(kLook * 4) / 4);
    std::unique_lock lock(stop_mutex_);
    do {
        util::succeeds([this] { look(); });  // without memory, the next look
    } while (!stop_.wait_for(lock, interval, [this] { return stopping_; }));
}

void Watchdog::look() {
    const util::RealTime now = util::realNow();
    const auto hanging = hangingLoops(heartbeats_, now);
    std::set<std::string> names;
    for (const util::Heartbeat::Pulse& pulse : hanging) {
        names.insert(pulse.name);
        if (told_.contains(pulse.name)) continue;
        log_.error("a loop hangs: the gateway is not ready",
                   {{"loop", pulse.name},
                    {"task", workOf(pulse)},
                    {"seconds", secondsSince(*pulse.working_since, now)}});
    }
    for (const std::string& name : told_)
        if (!names.contains(name)) log_.info("a loop goes on that hung", {{"loop", name}});
    told_ = std::move(names);
    if (hanging.empty()) manager_.alive();
}

}  // namespace postbell::app
