// SPDX-License-Identifier: Apache-2.0
#include "engine/reconnect.h"

#include <utility>

namespace postbell::engine {
namespace {

constexpr util::Milliseconds kFirst{1'000};
constexpr util::Milliseconds kMax{60'000};
/// One failure may be bad luck: a server that is about to restart.
constexpr unsigned kMaxUseless = 1;

}  // namespace

Reconnect::Reconnect(Loop& loop, std::function<void()> due)
    : loop_(loop), due_(std::move(due)), backoff_(kFirst, kMax) {}

void Reconnect::pause(util::Milliseconds time) {
    timer_ = loop_.after(time, [this] { due_(); });
}

void Reconnect::failed() {
    if (!pausing()) pause(backoff_.next());
}

bool Reconnect::useless() {
    failed();
    return ++useless_ > kMaxUseless;
}

void Reconnect::flooded() {
    pause(kMax);
}

void Reconnect::answered() {
    backoff_.reset();
    useless_ = 0;
}

}  // namespace postbell::engine
