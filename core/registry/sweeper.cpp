// SPDX-License-Identifier: Apache-2.0
#include "registry/sweeper.h"

namespace postbell::registry {

std::size_t Sweeper::step(std::size_t rows, std::size_t nudges) {
    const auto registrations = registrations_.listRegistrations(after_, rows);
    std::size_t asked = 0;
    store::Batch batch;
    for (const store::Registration& r : registrations) {
        if (asked == nudges) break;
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
        seen_.nudged(r.id, clock.now);
        ++asked;
    }
    if (registrations.size() < rows && asked < nudges) {
        after_ = 0;
        census_.publish(std::exchange(counts_, {}));
    }
    if (asked > 0) events_.stage(std::move(batch));
    return asked;
}

}  // namespace postbell::registry
