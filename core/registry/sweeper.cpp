// SPDX-License-Identifier: Apache-2.0
#include "registry/sweeper.h"

#include <algorithm>
#include <utility>

#include "registry/nudge.h"

namespace postbell::registry {

Sweeper::Step Sweeper::step(std::size_t rows, std::size_t nudges) {
    if (!committing_.expired()) return {};
    const auto registrations = registrations_.listRegistrations(after_, rows);
    std::vector<store::Registration> ended;
    store::Batch nudged;
    bool whole = registrations.size() < rows;
    for (const store::Registration& r : registrations) {
        if (nudged.events.size() == nudges || ended.size() == kMaxEnded) {
            whole = false;
            break;
        }
        after_ = r.id;
        const LifeClock clock = life_clock_of_(r);
        if (hasEnded(r, clock)) {
            ended.push_back(r);
            continue;
        }
        ++counts_[{r.subscription.instance, lifeCycle(r, clock).state}];
        if (!needsNudge(r, clock)) continue;
        nudged.events.push_back(nudgeOf(r, clock.now));
    }
    if (whole) {
        after_ = 0;
        census_.publish(std::exchange(counts_, {}));
    }
    Step step{nudged.events.size(), 0};
    // A failed commit nudged no app: the next round does.
    if (step.nudged > 0) {
        const auto committing = std::make_shared<const char>();
        committing_ = committing;
        nudged.done = [committing](store::CommitEnd) {};  // which lives as long as the batch
        events_.stage(std::move(nudged));
    }
    if (!ended.empty()) step.ended = registrations_.removeUnchanged(ended);
    return step;
}

bool Sweeper::hasEnded(const store::Registration& r, const LifeClock& clock) const {
    if (waiting_ends_after_ == util::Milliseconds::zero() || !hasNoSubscription(r)) return false;
    // Before the gateway was up it heard of no registration.
    return clock.now - std::max(lastSign(r, clock.now), clock.up_since) >= waiting_ends_after_;
}

}  // namespace postbell::registry
