// SPDX-License-Identifier: Apache-2.0
#include "engine/resend_list.h"

#include <utility>

namespace postbell::engine {
namespace {

constexpr util::Milliseconds kFirst{100};
constexpr util::Milliseconds kMax{60'000};
constexpr util::Milliseconds kTick{50};

}  // namespace

ResendList::ResendList(Loop& loop, std::function<void(Request&)> due)
    : loop_(loop), due_(std::move(due)), backoff_(kFirst, kMax) {}

void ResendList::add(Request& request) {
    request.retry_at = loop_.clock().steady() + backoff_.after(request.times_unprocessed);
    list_.push_back(request);
    arm();
}

void ResendList::arm() {
    if (!list_.empty() && !timer_.armed()) timer_ = loop_.after(kTick, [this] { tick(); });
}

void ResendList::tick() {
    const util::SteadyTime now = loop_.clock().steady();
    // First, for the next tick comes also if this one fails.
    timer_ = loop_.after(kTick, [this] { tick(); });
    for (auto it = list_.begin(); it != list_.end();) {
        Request& request = *it;
        ++it;
        if (request.retry_at > now) continue;
        request.place.unlink();
        due_(request);
    }
    if (list_.empty()) timer_ = Timer();
}

}  // namespace postbell::engine
