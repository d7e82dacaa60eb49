// SPDX-License-Identifier: Apache-2.0
#include "dispatch/channel/gate.h"

#include <algorithm>
#include <utility>

namespace postbell::dispatch {

Admission Gate::admit(util::SteadyTime now) const {
    if (!failing_) return {Admission::Kind::Open, {}};
    if (probing_) return {Admission::Kind::WaitUntil, kUntilAnswered};
    if (now < next_probe_) return {Admission::Kind::WaitUntil, next_probe_};
    return {Admission::Kind::Probe, {}};
}

bool Gate::succeeded() {
    if (!failing_) {
        if (++successes_ >= kWindow) failures_ = successes_ = 0;
        return false;
    }
    *this = Gate();
    return true;
}

bool Gate::failed(util::SteadyTime now, Failure failure, ProbeOf probe_of, std::string_view why) {
    last_failure_ = why;
    const bool was_failing = failing_;
    if (failing_) {
        if (!probe_of.gate) return false;
    } else {
        ++failures_;
        if (failure == Failure::Likely && (failures_ < kMinFailures || failures_ <= successes_))
            return false;
        failing_ = true;
    }
    next_probe_ = std::max(next_probe_, now + probe_pauses_.next());
    return !was_failing;
}

bool Gate::shutUntil(util::SteadyTime when, std::string_view why) {
    last_failure_ = why;
    next_probe_ = std::max(next_probe_, when);
    return !std::exchange(failing_, true);
}

}  // namespace postbell::dispatch
