// SPDX-License-Identifier: Apache-2.0
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <utility>

#include "engine/loop.h"
#include "util/insist.h"

namespace postbell::engine {

// Shared with the handler that waits in the loop. Without work it is cancelled or has run.
struct Timer::State {
    State(boost::asio::io_context& context, std::function<void()> w)
        : timer(context), work(std::move(w)) {}
    boost::asio::steady_timer timer;
    std::function<void()> work;
};

Timer::~Timer() {
    if (!state_) return;
    // The work may own any object, this timer's owner included: it is destroyed last.
    auto work = std::exchange(state_->work, nullptr);
    if (work) state_->timer.cancel();
}

Timer::Timer(Timer&& other) noexcept : state_(std::move(other.state_)) {}

Timer& Timer::operator=(Timer&& other) noexcept {
    Timer old;
    std::swap(old.state_, state_);
    std::swap(state_, other.state_);
    return *this;
}

bool Timer::armed() const {
    return state_ && state_->work;
}

Timer Loop::after(util::Milliseconds delay, std::function<void()> work) {
    Timer timer;
    util::insist([&] {
        if (!timer.state_)
            timer.state_ = std::make_shared<Timer::State>(*context_, std::move(work));
        timer.state_->timer.expires_after(clock_.realTime(delay));
        timer.state_->timer.async_wait([state = timer.state_](const boost::system::error_code&) {
            // The error does not matter: a timer that was cancelled after it expired comes without
            // one.
            if (auto due = std::exchange(state->work, nullptr)) due();
        });
    });
    return timer;
}

}  // namespace postbell::engine
