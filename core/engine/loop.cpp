// SPDX-License-Identifier: Apache-2.0
#include "engine/loop.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <exception>
#include <iostream>
#include <utility>

#include "engine/device_connections.h"
#include "engine/tls_trust.h"
#include "util/exception_text.h"
#include "util/insist.h"
#include "util/named_thread.h"

namespace postbell::engine {
namespace {

/// Asio does not say when it waits, so the loop beats at this interval as long as it turns.
constexpr util::Milliseconds kBeat{1'000};

}  // namespace

struct Loop::BeatTimer {
    boost::asio::steady_timer timer;
};

Loop::Loop(const util::Clock& clock, const LoopOptions& options)
    : clock_(clock),
      context_(std::make_unique<boost::asio::io_context>(1)),
      lookups_(*this, options.lookups, options.resolver),
      device_lookups_(*this, options.device_lookups, options.resolver),
      device_connections_(std::make_unique<DeviceConnections>(options.device_connections)),
      trust_(std::make_unique<TrustCache>()),
      log_(options.log),
      unread_(options.name),
      heartbeat_(options.heartbeats ? options.heartbeats->add(options.name) : unread_),
      // Takes the context's own descriptors now: without any left, the first timer would throw on
      // the loop.
      beat_timer_(new BeatTimer{boost::asio::steady_timer(*context_)}) {
    thread_ = util::startThread(heartbeat_.name(), [this] { run(); });
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return owner_.load() != std::thread::id(); });
}

Loop::~Loop() {
    stop();
    thread_.join();
}

void Loop::run() {
    {
        std::lock_guard lock(mutex_);
        owner_ = std::this_thread::get_id();
    }
    changed_.notify_all();
    {
        auto guard = boost::asio::make_work_guard(*context_);
        // The last barrier, for timers and sockets: an unexpected error ends none but its own work.
        // The beat may be that work.
        for (bool ended = false; !ended;) {
            try {
                beat();
                context_->run();
                ended = true;
            } catch (...) {
                noteFailure(util::exceptionText());
            }
        }
    }
    heartbeat_.waiting();
    // Work that was posted and never ran may own objects that belong to this thread: they are
    // destroyed while it is still there.
    std::vector<std::function<void()>> dropped;
    {
        std::lock_guard lock(mutex_);
        dropped.swap(posted_);
    }
    dropped.clear();
    end_of_turn_.clear();
    {
        std::lock_guard lock(mutex_);
        owner_ = std::thread::id();
        ended_ = true;
    }
    changed_.notify_all();
}

/// Until the loop ends, which the timer does not outlive.
void Loop::beat() {
    heartbeat_.beat();
    beat_timer_->timer.expires_after(kBeat);
    beat_timer_->timer.async_wait([this](const boost::system::error_code& replaced) {
        if (!replaced) beat();
    });
}

void Loop::post(std::function<void()> work) {
    util::insist([&] {
        std::lock_guard lock(mutex_);
        if (stopped_) return;
        // One wake-up for all work that comes until the loop gets to it.
        if (posted_.empty()) boost::asio::post(*context_, [this] { runPosted(); });
        posted_.push_back(std::move(work));
    });
}

void Loop::runPosted() {
    {
        std::lock_guard lock(mutex_);
        running_.swap(posted_);
    }
    runAll(running_);
}

void Loop::runAll(std::vector<std::function<void()>>& works) {
    for (auto& work : works) {
        try {
            work();
        } catch (...) {
            noteFailure(util::exceptionText());
        }
        work = nullptr;
    }
    works.clear();
}

void Loop::noteFailure(const char* reason) const {
    constexpr std::string_view kWhat = "work failed: please report this";
    if (log_)
        log_->error(kWhat, {{"thread", heartbeat_.name()}, {"reason", reason}});
    else
        std::cerr << heartbeat_.name() << ": " << kWhat << ": " << reason << '\n';
}

void Loop::runAndWait(std::function<void()> work) {
    if (onThread()) return work();

    bool done = false;
    std::exception_ptr error;
    auto call = [&] {
        try {
            work();
        } catch (...) {
            error = std::current_exception();
        }
        // Notified under the lock: the caller's frame may be gone right after it is released.
        std::lock_guard lock(mutex_);
        done = true;
        changed_.notify_all();
    };
    post(call);
    {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return done || ended_; });
    }
    if (!done) return runInstead(work);
    if (error) std::rethrow_exception(error);
}

void Loop::runInstead(const std::function<void()>& work) {
    struct Ownership {
        std::atomic<std::thread::id>& owner;
        ~Ownership() { owner = std::thread::id(); }
    };
    std::lock_guard lock(instead_mutex_);
    owner_ = std::this_thread::get_id();
    Ownership ownership{owner_};
    work();
}

void Loop::atEndOfTurn(std::function<void()> work) {
    // Handlers that are ready are in the queue already, so the end of the queue is the end of the
    // turn.
    util::insist([&] {
        if (end_of_turn_.empty()) boost::asio::post(*context_, [this] { runEndOfTurn(); });
        end_of_turn_.push_back(std::move(work));
    });
}

void Loop::runEndOfTurn() {
    ending_.swap(end_of_turn_);
    runAll(ending_);
}

bool Loop::onThread() const {
    return owner_.load() == std::this_thread::get_id();
}

void Loop::stop() {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    context_->stop();
}

}  // namespace postbell::engine
