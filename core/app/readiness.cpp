// SPDX-License-Identifier: Apache-2.0
#include "app/readiness.h"

#include <utility>

#include "app/watchdog.h"
#include "store/directory.h"
#include "util/exception_text.h"
#include "util/insist.h"
#include "util/named_thread.h"
#include "util/real_time.h"

namespace postbell::app {

std::string hangs(const StoreWatch& store_watch, const util::Heartbeats& heartbeats) {
    const util::RealTime now = util::realNow();
    std::string problem = store_watch.problem();
    const std::string loops = sayHanging(hangingLoops(heartbeats, now), now);
    if (!problem.empty() && !loops.empty()) problem += "; ";
    return problem + loops;
}

Readiness::Readiness(store::Store& store, const StoreWatch& store_watch,
                     const util::Heartbeats& heartbeats)
    : store_(store),
      store_watch_(store_watch),
      heartbeats_(heartbeats),
      thread_(util::startThread("readiness", [this] { run(); })) {}

Readiness::~Readiness() {
    {
        const std::lock_guard lock(asking_mutex_);
        stopping_ = true;
    }
    asked_.notify_one();
    thread_.join();
}

void Readiness::ask(Done done) {
    const std::string problem = hangs(store_watch_, heartbeats_);
    if (!problem.empty()) return done(problem);
    const std::lock_guard lock(asking_mutex_);
    asking_.push_back(std::move(done));
    asked_.notify_one();
}

/// A caller that asks during an attempt waits for the next one, whose answer is newer than the
/// question.
void Readiness::run() {
    std::unique_lock lock(asking_mutex_);
    while (true) {
        asked_.wait(lock, [this] { return stopping_ || !asking_.empty(); });
        if (asking_.empty()) return;
        const std::vector<Done> asking = std::exchange(asking_, {});
        lock.unlock();
        std::string problem;
        if (!util::succeeds([&] { problem = storeProblem(); })) problem = util::kNoMemory;
        for (const Done& done : asking) util::succeeds([&] { done(problem); });
        lock.lock();
    }
}

std::string Readiness::storeProblem() {
    try {
        if (const std::string problem = store_.health(); !problem.empty())
            return "the store cannot be written: " + problem;
        store_.directory().findTenant("readiness");
        // One row that can be read proves nothing of the others.
        if (const std::string problem = store_.readTrouble(); !problem.empty())
            return "the store cannot be read: " + problem;
        return {};
    } catch (...) {
        return std::string("the store cannot be read: ") + util::exceptionText();
    }
}

}  // namespace postbell::app
