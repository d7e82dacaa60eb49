// SPDX-License-Identifier: Apache-2.0
#include "store/records/seen.h"

#include <algorithm>

#include "util/clock_tolerance.h"

namespace postbell::store {

namespace {

constexpr util::WallTime Seen::*kTimes[] = {&Seen::device_at, &Seen::heard_at,
                                            &Seen::event_at,  &Seen::push_at,
                                            &Seen::nudged_at, &Seen::own_folder_at};

}  // namespace

void Seen::merge(const Seen& newer) {
    if (util::isSet(newer.nudged_at) && newer.nudged_at >= nudged_at) nudges = newer.nudges;
    for (const auto time : kTimes) this->*time = std::max(this->*time, newer.*time);
    if (!newer.outcome.empty()) outcome = newer.outcome;
}

void SeenNews::merge(const SeenNews& newer) {
    Seen::merge(newer);
    if (newer.proof.device != 0) proof = newer.proof;
}

void Seen::update(const Seen& newer, util::WallTime now) {
    Seen known = newer;
    known.forgetFuture(now);
    forgetFuture(now);
    merge(known);
}

void Seen::forgetFuture(util::WallTime now) {
    for (const auto time : kTimes) this->*time = util::believed(this->*time, now);
}

}  // namespace postbell::store
