// SPDX-License-Identifier: Apache-2.0
#include "registry/sweeper.h"

#include <algorithm>
#include <utility>

#include "registry/nudge.h"

namespace postbell::registry {
namespace {

store::StagedEvent checkOf(const store::Registration& r, util::WallTime now) {
    store::StagedEvent event;
    event.registration = r.id;
    event.device = r.device;
    event.app = r.app->id;
    event.environment = r.environment;
    event.device_proven_at = r.device_proven_at;
    event.kind = store::StagedEvent::Kind::Check;
    event.received = now;
    return event;
}

}  // namespace

Sweeper::Step Sweeper::step(std::size_t rows, std::size_t nudges) {
    const auto registrations = registrations_.listRegistrations(after_, rows);
    std::vector<Asked> asked;
    std::vector<store::Registration> ended;
    store::Batch batch;
    bool whole = registrations.size() < rows;
    for (const store::Registration& r : registrations) {
        if (asked.size() == nudges || ended.size() == kMaxEnded) {
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
        batch.events.push_back(checkOf(r, clock.now));
        asked.push_back({r.id, clock.now, nudgesInARow(r, clock.now)});
    }
    if (whole) {
        after_ = 0;
        census_.publish(std::exchange(counts_, {}));
    }
    Step step{asked.size(), 0};
    ask(std::move(asked), std::move(batch));
    if (!ended.empty()) step.ended = registrations_.removeUnchanged(ended);
    return step;
}

bool Sweeper::hasEnded(const store::Registration& r, const LifeClock& clock) const {
    if (waiting_ends_after_ == util::Milliseconds::zero() || !hasNoSubscription(r)) return false;
    // Before the gateway was up it heard of no registration.
    return clock.now - std::max(lastSign(r, clock.now), clock.up_since) >= waiting_ends_after_;
}

void Sweeper::ask(std::vector<Asked> asked, store::Batch batch) {
    if (asked.empty()) return;
    // A commit that fails asked no app: the next round asks again.
    batch.done = [&seen = seen_, asked = std::move(asked)](bool durable) {
        if (!durable) return;
        for (const Asked& one : asked) seen.nudged(one.registration, one.at, one.nudges);
    };
    events_.stage(std::move(batch));
}

}  // namespace postbell::registry
