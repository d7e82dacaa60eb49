// SPDX-License-Identifier: Apache-2.0
#include "store/writer/seen_pace.h"

#include <algorithm>

#include "util/time.h"

namespace postbell::store {

namespace {

constexpr std::size_t kLargeGroup = 16;
constexpr std::size_t kBesideLarge = 64, kBesideNobody = 32;
constexpr util::Milliseconds kPause{10};
// Small groups may follow one another closely.
constexpr util::Milliseconds kOverdue{50};
constexpr std::size_t kMaxBurst = 2'000;

}  // namespace

std::size_t SeenPace::rowsBeside(std::size_t members, util::RealTime now) const {
    if (members >= kLargeGroup) return now < burst_at_ ? 0 : std::min(kBesideLarge, burst_left_);
    const util::RealTime from = members == 0 ? alone_at_ : alone_at_ + kOverdue;
    return now < from ? 0 : std::min(kBesideNobody, burst_left_);
}

void SeenPace::took(std::size_t rows, util::RealTime now) {
    burst_left_ -= std::min(burst_left_, rows);
    if (burst_left_ == 0)
        beginBurst(now + delay_);
    else
        alone_at_ = now + kPause;
}

void SeenPace::beginBurst(util::RealTime at) {
    alone_at_ = burst_at_ = at;
    burst_left_ = kMaxBurst;
}

}  // namespace postbell::store
