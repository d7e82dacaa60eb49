// SPDX-License-Identifier: Apache-2.0
#include "dispatch/push/trial_pushes.h"
#include "util/real_time.h"

#include <utility>

namespace postbell::dispatch {
namespace {

// Real time: an admin waits for the answer, at any speed of the gateway's clock.
constexpr std::chrono::seconds kPatience{10};
constexpr util::Milliseconds kNextTry{100};

}  // namespace

TrialPushes::TrialPushes(engine::Loop& loop, Sender send) : loop_(loop), send_(std::move(send)) {}

void TrialPushes::add(Flight flight, TrialDone done) {
    flight.trial = ++last_trial_;
    done_.emplace(flight.trial, std::move(done));
    waiting_.push_back({std::move(flight), util::realNow() + kPatience, std::nullopt});
    sendWaiting();
}

void TrialPushes::sendAgain(Flight flight, TrialOutcome answered) {
    ++flight.content.attempt;
    waiting_.push_back({std::move(flight), util::realNow() + kPatience, std::move(answered)});
    sendWaiting();
}

TrialOutcome TrialPushes::givenUp(Queued& queued, const Attempt& attempt) {
    if (!queued.answered)
        return TrialOutcome::notSent(attempt.reason, queued.flight.trace, attempt.lack);
    queued.answered->advice = "Another authorization is not there yet: " + attempt.reason +
                              ". The push network's word on that one will count.";
    return *std::move(queued.answered);
}

void TrialPushes::ended(std::uint64_t trial, const TrialOutcome& outcome) {
    const auto found = done_.extract(trial);
    if (!found.empty()) found.mapped()(outcome);
}

void TrialPushes::sendWaiting() {
    std::vector<Queued> waiting = std::move(waiting_);
    waiting_.clear();
    for (Queued& queued : waiting) {
        const std::uint64_t trial = queued.flight.trial;
        const Attempt attempt = send_(queued.flight);
        if (attempt.result == Result::Sent) continue;
        if (attempt.result == Result::NotYet && util::realNow() <= queued.until)
            waiting_.push_back(std::move(queued));
        else
            ended(trial, givenUp(queued, attempt));
    }
    if (!waiting_.empty()) timer_ = loop_.after(kNextTry, [this] { sendWaiting(); });
}

}  // namespace postbell::dispatch
