// SPDX-License-Identifier: Apache-2.0
#include "managed/instance_hold.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace postbell::managed {
namespace {

using namespace std::chrono_literals;

/// A pause of the gateway's own, and one that the mail server named to a single mailbox.
constexpr util::Milliseconds kMaxDoubted = 5min;

}  // namespace

InstanceHold::InstanceHold(std::string instance, std::string tasks, const util::Clock& clock,
                           log::Log& log)
    : instance_(std::move(instance)), tasks_(std::move(tasks)), clock_(clock), log_(log) {}

util::Milliseconds InstanceHold::left() const {
    return std::max(std::chrono::ceil<util::Milliseconds>(until_ - clock_.steady()),
                    util::Milliseconds::zero());
}

void InstanceHold::hold(util::Milliseconds length) {
    until_ = std::max(until_, clock_.steady() + length);
}

bool InstanceHold::isBlamedBySeveral() const {
    const auto number = [](const auto& accuser) { return accuser.second; };
    return std::ranges::count(accusers_, successes_, number) > 1;
}

util::Milliseconds InstanceHold::pauseAfter(const TaskResult& result) {
    if (result.retry_after == util::Milliseconds::zero())
        return std::min(pauses_.after(failures_, result.kind), kMaxDoubted);
    return isBlamedBySeveral() ? result.retry_after : std::min(result.retry_after, kMaxDoubted);
}

bool InstanceHold::blamed(store::Id mailbox, const TaskResult& result) {
    const std::uint64_t since = accusers_.emplace(mailbox, successes_).first->second;
    if (successes_ != since) return false;
    // Tasks that were under way together failed together, and count once.
    const bool is_new = !held();
    if (is_new) ++failures_;
    reason_ = result.problem;
    hold(pauseAfter(result));
    if (is_new && failures_ == 1)
        log_.warning("a mail server's word holds up all managed mailboxes of a backend",
                     {{"backend", instance_},
                      {"tasks", tasks_},
                      {"mailbox", mailbox},
                      {"reason", result.problem}});
    return true;
}

void InstanceHold::succeeded(store::Id mailbox) {
    ++successes_;
    accusers_.erase(mailbox);
}

void InstanceHold::goOn() {
    // A task that was under way when the hold began says nothing of its end.
    if (held()) return;
    if (std::exchange(failures_, 0) > 0)
        log_.info("the tasks of managed mailboxes go on",
                  {{"backend", instance_}, {"tasks", tasks_}});
}

}  // namespace postbell::managed
