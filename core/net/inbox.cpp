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

class RequestTarget final : public Responder::Target {
  public:
    RequestTarget(std::shared_ptr<Inbox> inbox, std::shared_ptr<WorkCount> work,
                  ConnectionToken connection, std::uint64_t request)
        : inbox_(std::move(inbox)),
          work_(std::move(work)),
          connection_(connection),
          request_(request) {}

    void answer(Response&& response) override {
        work_->requests.fetch_sub(1, std::memory_order_relaxed);
        inbox_->post(Answer{connection_, request_, std::move(response)});
    }

  private:
    const std::shared_ptr<Inbox> inbox_;
    const std::shared_ptr<WorkCount> work_;
    const ConnectionToken connection_;
    const std::uint64_t request_;
};

}  // namespace

Inbox::Inbox() : wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (!wake_) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void Inbox::wake() {
    const std::uint64_t one = 1;
    // Fails only when the counter is full, and then the reactor wakes up anyway.
    [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof one);
}

void Inbox::post(Answer&& answer) {
    if (inbox_of_this_thread == this) {
        own_.answers.push_back(std::move(answer));
        return;
    }
    bool wake_up = false;
    // A connection would wait for an answer that was dropped as long as its client does.
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
    // Before the swap: whatever is posted from here on wakes the reactor again.
    [[maybe_unused]] const ssize_t got = ::read(wake_.get(), &count, sizeof count);
    const std::lock_guard lock(items_mutex_);
    woken_ = false;
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

std::shared_ptr<Responder::Target> makeTarget(std::shared_ptr<Inbox> inbox,
                                              std::shared_ptr<WorkCount> work,
                                              ConnectionToken connection, std::uint64_t request) {
    return std::make_shared<RequestTarget>(std::move(inbox), std::move(work), connection, request);
}

}  // namespace postbell::net
