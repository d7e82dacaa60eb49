// SPDX-License-Identifier: Apache-2.0
#include "plugin/authorization_keeper.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "util/clock_tolerance.h"

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
// OAuth needs one or two.
constexpr unsigned kMaxExchanges = 8;

}  // namespace

AuthorizationKeeper::AuthorizationKeeper(const util::Clock& clock, Authorization stored,
                                         Authorization earlier)
    : clock_(clock),
      held_(std::move(stored)),
      earlier_(std::move(earlier)),
      given_(clock.steady() - std::max(clock.wall() - held_.given, util::Milliseconds::zero())),
      refusals_(kFirstRefusal, kMaxRefusal),
      failures_(kFirstFailure, kMaxFailure) {}

bool AuthorizationKeeper::isGood(const Authorization& authorization) const {
    if (authorization.none_needed) return true;
    return !authorization.name.empty() &&
           (!util::isSet(authorization.expires) || clock_.wall() < authorization.expires);
}

bool AuthorizationKeeper::usable() const {
    return !dropped_ && isGood(held_);
}

AuthorizationKeeper::Next AuthorizationKeeper::next() const {
    const bool paused = clock_.steady() < retryAt();
    const bool may_ask = !exchanging_ && !paused;
    if (usable()) {
        const bool due = renew_early_ ||
                         (util::isSet(held_.renew) && clock_.wall() >= held_.renew) ||
                         (isFromFuture(held_) && resentedFor() <= util::Milliseconds::zero());
        return due && may_ask ? Next::Renew : Next::Present;
    }
    if (may_ask) return Next::Ask;
    return refused_ && !exchanging_ ? Next::Refused : Next::Wait;
}

util::SteadyTime AuthorizationKeeper::retryAt() const {
    // One that was refused for its time, and was so while the clock was ahead, is no earlier one.
    return isFromFuture(held_) ? retry_at_ : std::max(retry_at_, resented_until_);
}

void AuthorizationKeeper::drop() {
    dropped_ = true;
    noteResented();
}

void AuthorizationKeeper::renewEarly() {
    noteResented();
    if (clock_.steady() < retryAt())
        renew_early_ = true;
    else
        dropped_ = true;
}

bool AuthorizationKeeper::isFromFuture(const Authorization& authorization) const {
    return clock_.wall() + util::kClockTolerance < authorization.given;
}

bool AuthorizationKeeper::returnToEarlier() {
    const bool of_another_time = isFromFuture(held_) || !isGood(held_);
    if (!of_another_time || isFromFuture(earlier_) || !isGood(earlier_)) return false;
    hold(std::exchange(earlier_, {}));
    return true;
}

util::Milliseconds AuthorizationKeeper::resentedFor() const {
    return held_.not_renewed_before - held_.given -
           std::chrono::duration_cast<util::Milliseconds>(clock_.steady() - given_);
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

bool AuthorizationKeeper::wantsAnother(const Authorization& authorization) {
    const bool is_held = authorization.name == held_.name && authorization.value == held_.value;
    return is_held && (dropped_ || renew_early_) && !std::exchange(asked_once_more_, true);
}

bool AuthorizationKeeper::given(Authorization authorization) {
    if (util::isSet(authorization.expires) && authorization.expires <= clock_.wall()) {
        postpone("the authorization had expired before it came", util::Milliseconds::zero());
        return false;
    }
    // One that was refused is worth no return.
    const bool is_another = held_.value != authorization.value;
    if (is_another && !dropped_ && !held_.name.empty()) earlier_ = std::move(held_);
    authorization.given = clock_.wall();
    hold(std::move(authorization));
    return true;
}

void AuthorizationKeeper::hold(Authorization authorization) {
    held_ = std::move(authorization);
    given_ = clock_.steady() - std::max(clock_.wall() - held_.given, util::Milliseconds::zero());
    exchanges_ = 0;
    ++number_;
    dropped_ = renew_early_ = asked_once_more_ = refused_ = false;
    problem_.clear();
    retry_at_ = resented_until_ = {};
    refusals_.reset();
    failures_.reset();
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
