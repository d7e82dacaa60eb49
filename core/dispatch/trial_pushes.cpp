// SPDX-License-Identifier: Apache-2.0
#include "dispatch/trial_pushes.h"
#include "util/real_time.h"

#include <utility>

namespace postbell::dispatch {
namespace {

// Real time: an admin waits for the answer, whatever the speed of the gateway's clock.
constexpr std::chrono::seconds kPatience{10};
constexpr util::Milliseconds kNextTry{100};

}  // namespace

TrialPushes::TrialPushes(engine::Loop& loop, Sender send) : loop_(loop), send_(std::move(send)) {}

void TrialPushes::add(Flight flight, TrialDone done) {
    flight.trial = ++last_trial_;
    done_.emplace(flight.trial, std::move(done));
    waiting_.push_back({std::move(flight), util::realNow() + kPatience});
    sendWaiting();
}

void TrialPushes::ended(std::uint64_t trial, const TrialOutcome& outcome) {
    const auto found = done_.extract(trial);
    if (!found.empty()) found.mapped()(outcome);
}

void TrialPushes::sendWaiting() {
    std::vector<Queued> waiting = std::move(waiting_);
    waiting_.clear();
    for (Queued& queued : waiting) {
        const util::Trace trace = queued.flight.trace;
        const std::uint64_t trial = queued.flight.trial;
        const Attempt attempt = send_(queued.flight);
        if (attempt.result == Result::Sent) continue;
        if (attempt.result == Result::NotYet && util::realNow() <= queued.until)
            waiting_.push_back(std::move(queued));
        else
            ended(trial, TrialOutcome::notSent(attempt.reason, trace));
    }
    if (!waiting_.empty()) timer_ = loop_.after(kNextTry, [this] { sendWaiting(); });
}

}  // namespace postbell::dispatch
