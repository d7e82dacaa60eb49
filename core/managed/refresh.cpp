// SPDX-License-Identifier: Apache-2.0
#include "managed/refresh.h"

#include <algorithm>
#include <chrono>

namespace postbell::managed {
namespace {

using namespace std::chrono_literals;

constexpr util::Milliseconds kInterval = util::kDay;
constexpr util::Milliseconds kRetry = 1min;
/// Between two, however often the plugin asks.
constexpr util::Milliseconds kPause = 5min;

}  // namespace

void Refresh::look() {
    // A request during a refresh waits for its end.
    if (under_way_) return;
    if (plugin_.takeRefreshAsked()) due_ = std::min<util::SteadyTime>(due_, begun_ + kPause);
    const util::SteadyTime now = clock_.steady();
    if (now < due_) return;
    Task task;
    task.kind = TaskKind::Refresh;
    runner_.run(std::move(task), [this](const TaskResult& result) { ended(result); });
    under_way_ = true;
    begun_ = now;
}

void Refresh::ended(const TaskResult& result) {
    under_way_ = false;
    const bool done = result.kind == TaskResult::Kind::Done;
    due_ = clock_.steady() + (done ? kInterval : kRetry);
    if (!done)
        log_.warning("a managed backend could not refresh its keys",
                     {{"backend", plugin_.instance()}, {"reason", result.problem}});
}

}  // namespace postbell::managed
