// SPDX-License-Identifier: Apache-2.0
#include "dispatch/test_pushes.h"

namespace postbell::dispatch {
namespace {

constexpr std::chrono::seconds kPatience{10};
constexpr std::int64_t kNextTryMs = 100;

}  // namespace

TestPushes::TestPushes(engine::Loop& loop, Sender send) : loop_(loop), send_(std::move(send)) {}

void TestPushes::add(Flight flight) {
    waiting_.push_back({std::move(flight), std::chrono::steady_clock::now() + kPatience});
    sendWaiting();
}

void TestPushes::sendWaiting() {
    std::vector<Queued> waiting = std::move(waiting_);
    waiting_.clear();
    for (Queued& test : waiting) {
        const util::Trace trace = test.flight.trace;
        const auto done = test.flight.test;
        const Attempt attempt = send_(test.flight);
        if (attempt.result == Result::Sent) continue;
        if (attempt.result == Result::NotYet && std::chrono::steady_clock::now() <= test.until)
            waiting_.push_back(std::move(test));
        else
            done({"not_sent", 0, attempt.reason, "", 0, trace});
    }
    if (!waiting_.empty()) timer_ = loop_.after(kNextTryMs, [this] { sendWaiting(); });
}

}  // namespace postbell::dispatch
