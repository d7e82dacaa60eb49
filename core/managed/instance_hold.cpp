// SPDX-License-Identifier: Apache-2.0
#include "managed/instance_hold.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace postbell::managed {
namespace {

constexpr util::Milliseconds kMaxHold = std::chrono::minutes(5);

}  // namespace

InstanceHold::InstanceHold(std::string instance, const util::Clock& clock, log::Log& log)
    : instance_(std::move(instance)), clock_(clock), log_(log) {}

util::Milliseconds InstanceHold::left() const {
    return std::max(std::chrono::ceil<util::Milliseconds>(until_ - clock_.steady()),
                    util::Milliseconds::zero());
}

void InstanceHold::hold(util::Milliseconds length) {
    until_ = std::max(until_, clock_.steady() + std::min(length, kMaxHold));
}

bool InstanceHold::blamed(store::Id mailbox, const TaskResult& result) {
    const std::uint64_t since = accusers_.emplace(mailbox, successes_).first->second;
    if (successes_ != since) return false;
    // Tasks that were under way together failed together, and count once.
    if (!held()) ++failures_;
    const bool asked = result.retry_after != util::Milliseconds::zero();
    hold(asked ? result.retry_after : pauses_.after(failures_, result.kind));
    if (failures_ == 1)
        log_.warning("a mail server's word holds up all managed mailboxes of a backend",
                     {{"backend", instance_}, {"mailbox", mailbox}, {"reason", result.problem}});
    return true;
}

void InstanceHold::succeeded(store::Id mailbox) {
    ++successes_;
    accusers_.erase(mailbox);
}

void InstanceHold::goOn() {
    if (std::exchange(failures_, 0) > 0)
        log_.info("the tasks of managed mailboxes go on", {{"backend", instance_}});
}

}  // namespace postbell::managed
