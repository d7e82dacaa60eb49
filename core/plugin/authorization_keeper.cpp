// SPDX-License-Identifier: Apache-2.0
#include "plugin/authorization_keeper.h"

#include <algorithm>
#include <chrono>

namespace postbell::plugin {
namespace {

using namespace std::chrono_literals;

constexpr util::Milliseconds kFirstFailure = 1s;
constexpr util::Milliseconds kMaxFailure = 5min;
// A refusal rarely ends by itself, and some servers lock out clients that try too often.
constexpr util::Milliseconds kFirstRefusal = 1min;
constexpr util::Milliseconds kMaxRefusal = 10min;
// Longer than any network asks for: neither a plugin that errs nor a wall clock that was set back
// silences a credential.
constexpr util::Milliseconds kMaxResented = 1h;
// NTP's steps are smaller, and other sides take as much.
constexpr util::Milliseconds kSetBack = 1min;
// OAuth needs one or two.
constexpr unsigned kMaxExchanges = 8;

}  // namespace

AuthorizationKeeper::AuthorizationKeeper(const util::Clock& clock, Authorization stored)
    : clock_(clock),
      held_(std::move(stored)),
      refusals_(kFirstRefusal, kMaxRefusal),
      failures_(kFirstFailure, kMaxFailure) {}

bool AuthorizationKeeper::usable() const {
    if (dropped_) return false;
    if (held_.none_needed) return true;
    return !held_.name.empty() && (!util::isSet(held_.expires) || clock_.wall() < held_.expires);
}

AuthorizationKeeper::Next AuthorizationKeeper::next() const {
    const bool paused = clock_.steady() < retryAt();
    const bool may_ask = !exchanging_ && !paused;
    if (usable()) {
        const bool due = renew_early_ ||
                         (util::isSet(held_.renew) && clock_.wall() >= held_.renew) ||
                         (isFromFuture() && resentedFor() <= util::Milliseconds::zero());
        return due && may_ask ? Next::Renew : Next::Present;
    }
    if (may_ask) return Next::Ask;
    return refused_ && !exchanging_ ? Next::Refused : Next::Wait;
}

util::SteadyTime AuthorizationKeeper::retryAt() const {
    return std::max(retry_at_, resented_until_);
}

void AuthorizationKeeper::drop() {
    dropped_ = true;
    // It was refused for its time, which the next one has not.
    if (!isFromFuture()) noteResented();
}

void AuthorizationKeeper::renewEarly() {
    noteResented();
    if (clock_.steady() < resented_until_)
        renew_early_ = true;
    else
        dropped_ = true;
}

bool AuthorizationKeeper::isFromFuture() const {
    if (!util::isSet(given_wall_)) return held_.not_renewed_before - clock_.wall() > kMaxResented;
    return clock_.wall() + kSetBack < given_wall_;
}

util::Milliseconds AuthorizationKeeper::resentedFor() const {
    if (!util::isSet(given_wall_)) return held_.not_renewed_before - clock_.wall();
    return held_.not_renewed_before - given_wall_ -
           std::chrono::duration_cast<util::Milliseconds>(clock_.steady() - given_steady_);
}

void AuthorizationKeeper::noteResented() {
    const util::Milliseconds left = resentedFor();
    if (left <= util::Milliseconds::zero()) return;
    resented_until_ = clock_.steady() + std::min(left, kMaxResented);
    problem_ = "another authorization so soon after the last one would be resented";
}

bool AuthorizationKeeper::mayExchange() {
    if (++exchanges_ <= kMaxExchanges) return true;
    postpone(
        "one exchange with the authorization server led to the next, and none to an "
        "authorization",
        util::Milliseconds::zero());
    return false;
}

bool AuthorizationKeeper::given(Authorization authorization) {
    if (util::isSet(authorization.expires) && authorization.expires <= clock_.wall()) {
        postpone("the authorization had expired before it came", util::Milliseconds::zero());
        return false;
    }
    exchanges_ = 0;
    held_ = std::move(authorization);
    given_wall_ = clock_.wall();
    given_steady_ = clock_.steady();
    ++number_;
    dropped_ = renew_early_ = refused_ = false;
    problem_.clear();
    retry_at_ = resented_until_ = {};
    refusals_.reset();
    failures_.reset();
    return true;
}

void AuthorizationKeeper::refuse(std::string why) {
    problem_ = std::move(why);
    refused_ = true;
    exchanges_ = 0;
    pause(refusals_.next());
}

void AuthorizationKeeper::postpone(std::string why, util::Milliseconds asked_for) {
    problem_ = std::move(why);
    refused_ = false;
    exchanges_ = 0;
    pause(std::max(failures_.next(), asked_for));
}

void AuthorizationKeeper::pause(util::Milliseconds length) {
    retry_at_ = clock_.steady() + length;
}

}  // namespace postbell::plugin
