// SPDX-License-Identifier: Apache-2.0
#include "dispatch/queue/turns.h"

#include <algorithm>

namespace postbell::dispatch {
namespace {

constexpr util::Milliseconds kFaultPause{1'000};

}  // namespace

Turns::Turns(engine::Loop& loop, Turn turn, Fault fault)
    : loop_(loop), turn_(std::move(turn)), fault_(std::move(fault)), scope_(loop) {}

void Turns::soon() {
    if (posted_) return;
    posted_ = true;
    scope_.atEndOfTurn([this] {
        posted_ = false;
        take();
    });
}

void Turns::take() {
    util::SteadyTime next = kNever;
    if (!guarded([&] { next = turn_(); })) next = loop_.clock().steady() + kFaultPause;
    wakeAt(next);
}

void Turns::wakeAt(util::SteadyTime when) {
    if (when == kAtOnce) return scope_.post([this] { soon(); });
    // A turn that comes too early decides anew, and does no harm.
    if (when == kNever || (timer_.armed() && timer_at_ <= when)) return;
    timer_at_ = when;
    const auto wait = std::chrono::ceil<util::Milliseconds>(when - loop_.clock().steady());
    timer_ = loop_.after(std::max(wait, util::Milliseconds(1)), [this] { soon(); });
}

}  // namespace postbell::dispatch
