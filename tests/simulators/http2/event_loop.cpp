// SPDX-License-Identifier: Apache-2.0
#include "event_loop.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "simulated_clock.h"

namespace http2_simulator {

EventLoop::EventLoop()
    : epoll_fd_(::epoll_create1(EPOLL_CLOEXEC)),
      wake_fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (epoll_fd_ < 0 || wake_fd_ < 0)
        throw std::system_error(errno, std::generic_category(), "epoll");
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = nullptr;
    ::epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, wake_fd_, &event);
}

EventLoop::~EventLoop() {
    ::close(wake_fd_);
    ::close(epoll_fd_);
}

void EventLoop::watch(int fd, EventHandler& handler, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = &handler;
    if (::epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event) != 0)
        throw std::system_error(errno, std::generic_category(), "epoll_ctl");
}

void EventLoop::change(int fd, EventHandler& handler, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = &handler;
    ::epoll_ctl(epoll_fd_, EPOLL_CTL_MOD, fd, &event);
}

void EventLoop::unwatch(int fd) {
    ::epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, fd, nullptr);
}

void EventLoop::post(std::function<void()> call) {
    {
        std::lock_guard lock(posted_mutex_);
        posted_.push_back(std::move(call));
    }
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_fd_, &one, sizeof one);
}

void EventLoop::after(std::int64_t delay_ms, std::function<void()> call) {
    timers_.emplace(monotonicUs() + delay_ms * 1000, std::move(call));
}

void EventLoop::stop() {
    post([this] { stopped_ = true; });
}

int EventLoop::nextTimeoutMs() const {
    if (timers_.empty()) return -1;
    const std::int64_t left_us = timers_.begin()->first - monotonicUs();
    return static_cast<int>(std::clamp<std::int64_t>((left_us + 999) / 1000, 0, 60'000));
}

void EventLoop::runTimers() {
    while (!timers_.empty() && timers_.begin()->first <= monotonicUs()) {
        const auto call = std::move(timers_.begin()->second);
        timers_.erase(timers_.begin());
        call();
    }
}

void EventLoop::runPosted() {
    std::vector<std::function<void()>> calls;
    {
        std::lock_guard lock(posted_mutex_);
        calls.swap(posted_);
    }
    for (const auto& call : calls) call();
}

void EventLoop::run() {
    std::array<epoll_event, 256> events{};
    while (!stopped_) {
        const int count = ::epoll_wait(epoll_fd_, events.data(), static_cast<int>(events.size()),
                                       nextTimeoutMs());
        for (int i = 0; i < count; ++i) {
            const epoll_event& event = events[static_cast<std::size_t>(i)];
            if (event.data.ptr != nullptr) {
                static_cast<EventHandler*>(event.data.ptr)->onEvents(event.events);
            } else {
                std::uint64_t ignored = 0;
                [[maybe_unused]] const auto got = ::read(wake_fd_, &ignored, sizeof ignored);
            }
        }
        runTimers();
        runPosted();
    }
}

}  // namespace http2_simulator
