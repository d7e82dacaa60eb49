// SPDX-License-Identifier: Apache-2.0
#include "app/wall_clock_watch.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "util/rfc3339.h"

namespace postbell::app {
namespace {

util::Milliseconds sinceBegin(util::SteadyTime time) {
    return std::chrono::duration_cast<util::Milliseconds>(time.time_since_epoch());
}

}  // namespace

WallClockWatch::Lead WallClockWatch::lead() const {
    const util::Milliseconds earlier = sinceBegin(clock_.steady());
    const util::Milliseconds wall = clock_.wall().time_since_epoch();
    const util::Milliseconds later = sinceBegin(clock_.steady());
    return {wall - later, wall - earlier};
}

void WallClockWatch::look() {
    const Lead now = lead();
    const Lead before = std::exchange(before_, now);
    const util::Milliseconds ahead = now.least - before.most, back = before.least - now.most;
    if (ahead < kMinStep && back < kMinStep) return;
    log_.warning(
        ahead > back ? "the machine's clock was set ahead, or the machine slept"
                     : "the machine's clock was set back",
        {{"seconds", std::chrono::round<std::chrono::seconds>(std::max(ahead, back)).count()},
         {"clock", util::formatRfc3339(clock_.wall())}});
}

}  // namespace postbell::app
