// SPDX-License-Identifier: Apache-2.0
#include "registry/sweeper.h"

#include <utility>
#include <vector>

#include "registry/nudge.h"

namespace postbell::registry {

std::size_t Sweeper::step(std::size_t rows, std::size_t nudges) {
    const auto registrations = registrations_.listRegistrations(after_, rows);
    struct Asked {
        store::Id registration;
        util::WallTime at;
        std::uint32_t nudges;
    };
    std::vector<Asked> asked;
    store::Batch batch;
    for (const store::Registration& r : registrations) {
        if (asked.size() == nudges) break;
        after_ = r.id;
        const LifeClock clock = life_clock_of_(r);
        ++counts_[{r.subscription.instance, lifeCycle(r, clock).state}];
        if (!needsNudge(r, clock)) continue;
        store::StagedEvent event;
        event.registration = r.id;
        event.device = r.device;
        event.app = r.app->id;
        event.environment = r.environment;
        event.kind = store::StagedEvent::Kind::Check;
        event.received = clock.now;
        batch.events.push_back(std::move(event));
        asked.push_back({r.id, clock.now, nudgesInARow(r, clock.now)});
    }
    if (registrations.size() < rows && asked.size() < nudges) {
        after_ = 0;
        census_.publish(std::exchange(counts_, {}));
    }
    const std::size_t count = asked.size();
    if (count == 0) return 0;
    // A commit that fails asked nobody: the next round asks again.
    batch.done = [&seen = seen_, asked = std::move(asked)](bool durable) {
        if (!durable) return;
        for (const Asked& one : asked) seen.nudged(one.registration, one.at, one.nudges);
    };
    events_.stage(std::move(batch));
    return count;
}

}  // namespace postbell::registry
