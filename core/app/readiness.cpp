// SPDX-License-Identifier: Apache-2.0
#include "app/readiness.h"

#include <chrono>
#include <utility>

#include "app/watchdog.h"
#include "store/directory.h"
#include "util/exception_text.h"
#include "util/insist.h"
#include "util/named_thread.h"

namespace postbell::app {
namespace {

using namespace std::chrono_literals;

constexpr util::Milliseconds kStorePatience = 3s;

}  // namespace

Readiness::Readiness(store::Store& store, const util::Heartbeats& heartbeats)
    : store_(store),
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
    const util::RealTime now = util::realNow();
    std::string problem = sayHanging(hangingLoops(heartbeats_, now), now);
    {
        const std::lock_guard lock(asking_mutex_);
        if (trying_since_ != util::RealTime() && now - trying_since_ > kStorePatience)
            problem = "the store has not answered for " +
                      std::to_string(
                          std::chrono::floor<std::chrono::seconds>(now - trying_since_).count()) +
                      " seconds";
        if (problem.empty()) {
            asking_.push_back(std::move(done));
            asked_.notify_one();
            return;
        }
    }
    done(problem);
}

/// A caller that asks during an attempt waits for the next one, whose answer is newer than the
/// question.
void Readiness::run() {
    std::unique_lock lock(asking_mutex_);
    while (true) {
        asked_.wait(lock, [this] { return stopping_ || !asking_.empty(); });
        if (asking_.empty()) return;
        const std::vector<Done> asking = std::exchange(asking_, {});
        trying_since_ = util::realNow();
        lock.unlock();
        std::string problem;
        if (!util::succeeds([&] { problem = storeProblem(); })) problem = util::kNoMemory;
        for (const Done& done : asking) util::succeeds([&] { done(problem); });
        lock.lock();
        trying_since_ = {};
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
