// SPDX-License-Identifier: Apache-2.0
#include "app/signal_watch.h"

#include <pthread.h>
#include <unistd.h>

#include <csignal>
#include <utility>

#include "app/signals.h"
#include "plugin/in_plugin.h"
#include "util/insist.h"
#include "util/named_thread.h"

namespace postbell::app {
namespace {

constexpr util::Milliseconds kLogPatience{1'000};

}  // namespace

SignalWatch::SignalWatch(const Stage& stage, util::Milliseconds patience)
    : stage_(stage),
      patience_(patience),
      thread_(util::startThread("signals", [this] { run(); })) {}

SignalWatch::~SignalWatch() {
    {
        const std::lock_guard lock(signals_mutex_);
        ended_ = true;
    }
    changed_.notify_all();
    pthread_kill(thread_.native_handle(), SIGHUP);  // its wait for signals ends
    thread_.join();
}

int SignalWatch::next() {
    std::unique_lock lock(signals_mutex_);
    changed_.wait(lock, [this] { return stop_ != 0 || reload_; });
    if (stop_ != 0) return std::exchange(stop_, 0);
    reload_ = false;
    return SIGHUP;
}

void SignalWatch::run() {
    while (true) {
        const int signal = awaitSignal();
        {
            const std::lock_guard lock(signals_mutex_);
            if (ended_) return;
            if (signal == SIGHUP)
                reload_ = true;
            else
                stop_ = signal;
        }
        changed_.notify_all();
        if (signal == SIGHUP) continue;
        if (awaitHang()) endProcess();
        return;
    }
}

bool SignalWatch::awaitHang() {
    std::unique_lock lock(signals_mutex_);
    return !changed_.wait_for(lock, patience_, [this] { return ended_; });
}

void SignalWatch::endProcess() {
    // The part may hang for want of memory.
    if (!util::succeeds([this] { tellHang(); }))
        log::tellStandardError("postbell: the gateway did not end in time: no memory left");
    ::_exit(kHungExitCode);
}

void SignalWatch::tellHang() {
    std::string text = std::string("the gateway did not end in time while ") + stage_.now();
    {
        const std::lock_guard lock(signals_mutex_);
        std::string hanging = hanging_ ? hanging_() : std::string();
        if (hanging.empty()) hanging = plugin::anyCallUnderWay();
        if (!hanging.empty()) text += ": " + hanging;
        if (log_ != nullptr) {
            log_->error(text);
            log_->flush(kLogPatience);
        }
    }
    log::tellStandardError("postbell: " + text);
}

SignalWatch::Context::Context(SignalWatch& watch, log::Log& log,
                              std::function<std::string()> hanging)
    : watch_(watch), outer_log_(watch.log_), outer_hanging_(watch.hanging_) {
    const std::lock_guard lock(watch_.signals_mutex_);
    watch_.log_ = &log;
    watch_.hanging_ = std::move(hanging);
}

SignalWatch::Context::~Context() {
    const std::lock_guard lock(watch_.signals_mutex_);
    watch_.log_ = outer_log_;
    watch_.hanging_ = outer_hanging_;
}

}  // namespace postbell::app
