// SPDX-License-Identifier: Apache-2.0
#include "dispatch/dispatcher.h"

#include <future>
#include <thread>
#include <utility>

#include "dispatch/channel/credential_origins.h"
#include "dispatch/lanes.h"
#include "util/real_time.h"

namespace postbell::dispatch {

Dispatcher::Dispatcher(Surroundings around)
    : around_(std::move(around)), lanes_(std::make_unique<Lanes>(around_)) {}

Dispatcher::~Dispatcher() {
    around_.loop.runAndWait([this] { lanes_.reset(); });
}

void Dispatcher::start() {
    around_.loop.runAndWait([this] { lanes_->start(); });
}

void Dispatcher::drain(util::Milliseconds patience) {
    // Real time, at any speed of the gateway's clock: the process is about to end.
    const auto deadline = util::realNow() + patience;
    around_.loop.runAndWait([this] { lanes_->drain(); });
    for (bool under_way = true; under_way && util::realNow() < deadline;) {
        around_.loop.runAndWait([&] { under_way = lanes_->inFlight(); });
        if (under_way) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    // The last answers' settlements were handed over at the end of their turn.
    around_.loop.runAndWait([] {});
}

void Dispatcher::committed(std::span<const store::Pending> rows,
                           std::span<const store::Settlement> settled) {
    lanes_->work().post([&lanes = *lanes_,
                         rows = std::vector<store::Pending>(rows.begin(), rows.end()),
                         settled = std::vector<store::Settlement>(settled.begin(), settled.end())] {
        lanes.committed(rows, settled);
    });
}

void Dispatcher::credentialChanged(store::Id app) {
    lanes_->work().post([&lanes = *lanes_, app] { lanes.credentialChanged(app); });
}

void Dispatcher::tryPush(store::PushTarget target, std::int32_t badge, TrialDone done) {
    lanes_->work().post(
        [&lanes = *lanes_, target = std::move(target), badge, done = std::move(done)] {
            lanes.at(target.app->id, target.registration.environment).tryPush(target, badge, done);
        });
}

std::map<store::Environment, std::string> Dispatcher::origins(const store::Credential& credential) {
    return credentialOrigins({around_.credentials, around_.directory, around_.networks},
                             credential);
}

std::string Dispatcher::authorizationProblem(store::Id credential) const {
    return lanes_->authorizationTroubles().find(credential);
}

std::vector<LaneStatus> Dispatcher::status() {
    constexpr std::size_t kDevicesAtOnce = 4'096;
    std::vector<LaneStatus> all;
    std::vector<std::pair<const Lane*, std::size_t>> busy;
    around_.loop.runAndWait([&] {
        for (const auto& [key, lane] : lanes_->all()) {
            if (!lane->idle()) busy.emplace_back(lane.get(), all.size());
            all.push_back(lane->status());
        }
    });
    for (const auto& [lane, index] : busy) {
        std::size_t position = 0;
        for (bool more = true; more;)
            around_.loop.runAndWait([&, counted = lane, at = index] {
                more = counted->countWaiting(position, kDevicesAtOnce, all[at]);
            });
    }
    // The app or the credential was removed, and nothing waits for another.
    std::erase_if(
        all, [](const LaneStatus& lane) { return !lane.credential_stored && lane.waiting == 0; });
    return all;
}

std::optional<std::vector<LaneFailure>> Dispatcher::failures(util::RealSpan patience) {
    using Failures = std::vector<LaneFailure>;
    // Shared with work that may run when nobody waits for it any more.
    const auto told = std::make_shared<std::promise<Failures>>();
    std::future<Failures> telling = told->get_future();
    lanes_->work().post([&lanes = *lanes_, told] {
        Failures all;
        for (const auto& [key, lane] : lanes.all()) lane->addFailures(all);
        told->set_value(std::move(all));
    });
    if (telling.wait_for(patience.inRealTime()) != std::future_status::ready) return std::nullopt;
    return telling.get();
}

}  // namespace postbell::dispatch
