// SPDX-License-Identifier: Apache-2.0
#include "engine/request_deadlines.h"

#include <algorithm>
#include <utility>

namespace postbell::engine {
namespace {

constexpr std::int64_t kTicks = 16;

}  // namespace

RequestDeadlines::RequestDeadlines(Loop& loop, util::Milliseconds timeout,
                                   std::function<void(Request&)> expired)
    : loop_(loop),
      interval_(std::max(timeout / kTicks, util::Milliseconds(1))),
      expired_(std::move(expired)) {}

void RequestDeadlines::add(Request& request) {
    request.expires_at_tick = tick_ + kTicks + 1;
    list_.push_back(request);
    arm();
}

void RequestDeadlines::arm() {
    if (!list_.empty() && !timer_.armed()) timer_ = loop_.after(interval_, [this] { tick(); });
}

void RequestDeadlines::tick() {
    ++tick_;
    try {
        while (!list_.empty() && list_.front().expires_at_tick <= tick_) expired_(list_.front());
    } catch (...) {
        arm();  // the others expire all the same
        throw;
    }
    arm();
}

}  // namespace postbell::engine
