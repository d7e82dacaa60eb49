// SPDX-License-Identifier: Apache-2.0
#include "net/inbox.h"

#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "util/insist.h"

namespace postbell::net {
namespace {

/// The inbox of the reactor that this thread runs, if it runs one. Compared only, so that an answer
/// given on that thread needs no wake-up; a thread's id would not do, since ids are used again.
thread_local const Inbox* inbox_of_this_thread = nullptr;

}  // namespace

Inbox::Inbox() : wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (!wake_) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void Inbox::wake() {
    const std::uint64_t one = 1;
    // Fails only when the counter is full, and then the reactor wakes up anyway.
    [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof one);
}

void Inbox::post(Answer&& answer) noexcept {
    if (inbox_of_this_thread == this)
        return util::insist([&] { own_.answers.push_back(std::move(answer)); });
    bool wake_up = false;
    util::insist([&] {
        const std::lock_guard lock(items_mutex_);
        if (closed_) return;
        items_.answers.push_back(std::move(answer));
        wake_up = !std::exchange(woken_, true);
    });
    if (wake_up) wake();
}

void Inbox::post(Accepted&& accepted) {
    if (inbox_of_this_thread == this) {
        own_.accepted.push_back(std::move(accepted));
        return;
    }
    {
        const std::lock_guard lock(items_mutex_);
        if (closed_) return;
        items_.accepted.push_back(std::move(accepted));
        if (std::exchange(woken_, true)) return;
    }
    wake();
}

void Inbox::postRoomWanted() {
    {
        const std::lock_guard lock(items_mutex_);
        if (closed_) return;
        items_.room_wanted = true;
        if (std::exchange(woken_, true)) return;
    }
    wake();
}

void Inbox::postStop(util::SteadyTime deadline) {
    {
        const std::lock_guard lock(items_mutex_);
        if (closed_) return;
        items_.stop_deadline = std::min(items_.stop_deadline.value_or(deadline), deadline);
        woken_ = true;
    }
    wake();
}

void Inbox::take(Items& items) {
    std::uint64_t count = 0;
    // Before the swap: an item posted from here on wakes the reactor again.
    [[maybe_unused]] const ssize_t got = ::read(wake_.get(), &count, sizeof count);
    const std::lock_guard lock(items_mutex_);
    woken_ = false;
    items.answers.clear();
    items.accepted.clear();
    items.answers.swap(items_.answers);
    items.accepted.swap(items_.accepted);
    items.room_wanted = std::exchange(items_.room_wanted, false);
    items.stop_deadline = items_.stop_deadline;
}

void Inbox::close() {
    Items dropped;
    const std::lock_guard lock(items_mutex_);
    closed_ = true;
    dropped.answers.swap(items_.answers);
    dropped.accepted.swap(items_.accepted);
}

void Inbox::bindToThisThread() {
    inbox_of_this_thread = this;
}
void Inbox::unbind() {
    inbox_of_this_thread = nullptr;
}

void RequestTarget::post(std::optional<Response>&& response) noexcept {
    // First: a client that has its answer finds the place free.
    place_.leave();
    inbox_->post(Answer{connection_, request_, std::move(response)});
}

}  // namespace postbell::net
