// SPDX-License-Identifier: Apache-2.0
#include "dispatch/dispatcher.h"

#include <chrono>
#include <thread>
#include <utility>

#include "dispatch/credential_choice.h"
#include "store/store_error.h"
#include "util/real_time.h"

namespace postbell::dispatch {

Dispatcher::Dispatcher(Parts parts)
    : parts_(std::move(parts)),
      metrics_(parts_.registry, parts_.networks.instances()),
      queue_settlement_([this](store::Settlement s) { settle(std::move(s)); }),
      context_{parts_.loop,
               parts_.events,
               parts_.credentials,
               parts_.directory,
               parts_.networks,
               parts_.open_connections,
               metrics_,
               parts_.log,
               parts_.settings,
               traces_,
               parts_.life_clock_of,
               parts_.read_count,
               parts_.note_outcome,
               queue_settlement_} {}

Dispatcher::~Dispatcher() {
    parts_.loop.runAndWait([this] { lanes_.clear(); });
}

void Dispatcher::start() {
    parts_.loop.runAndWait([this] {
        started_ = true;
        openLanes(0);
        parts_.events.eachPending(
            [this](const store::Pending& row) { lane(row.app, row.environment).changed(row); });
    });
}

void Dispatcher::drain(util::Milliseconds patience) {
    // Real time, whatever the speed of the gateway's clock: the process is about to end.
    const auto deadline = util::realNow() + patience;
    parts_.loop.runAndWait([this] {
        for (auto& [key, lane] : lanes_) lane->drain();
    });
    for (bool under_way = true; under_way && util::realNow() < deadline;) {
        under_way = false;
        parts_.loop.runAndWait([&] {
            for (const auto& [key, lane] : lanes_) under_way = under_way || lane->inFlight() > 0;
        });
        if (under_way) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    parts_.loop.runAndWait(
        [] {});  // what the last answers settled was handed over at the end of their turn
}

Lane& Dispatcher::lane(store::Id app, store::Environment environment) {
    std::unique_ptr<Lane>& lane = lanes_[{app, environment}];
    if (!lane) lane = std::make_unique<Lane>(context_, app, environment);
    return *lane;
}

void Dispatcher::openLanes(store::Id app) {
    const auto open = [this](store::Id of, store::Environment environment) {
        parts_.loop.post([this, of, environment] { lane(of, environment); });
    };
    for (const store::Credential& credential : parts_.credentials.listCredentials(app)) {
        for (const store::Environment environment : environmentsOf(credential))
            open(credential.app, environment);
    }
}

void Dispatcher::committed(std::span<const store::Pending> rows,
                           std::span<const store::Settlement> settled) {
    parts_.loop.post([this, rows = std::vector<store::Pending>(rows.begin(), rows.end()),
                      settled = std::vector<store::Settlement>(settled.begin(), settled.end())] {
        for (const store::Pending& row : rows) lane(row.app, row.environment).changed(row);
        for (const store::Settlement& s : settled)
            if (const auto found = lanes_.find({s.app, s.environment}); found != lanes_.end())
                found->second->confirmSettled(s);
    });
}

void Dispatcher::settle(store::Settlement settlement) {
    if (settlements_.empty())
        parts_.loop.atEndOfTurn([this] {
            parts_.events.settle(std::move(settlements_));
            settlements_.clear();
        });
    settlements_.push_back(std::move(settlement));
}

void Dispatcher::credentialChanged(store::Id app) {
    parts_.loop.post([this, app] {
        for (auto& [key, lane] : lanes_)
            if (key.first == app) lane->reloadCredential();
        if (!started_) return;
        try {
            openLanes(app);
        } catch (const store::StoreError&) {
            // Then the first push opens the lane.
        }
    });
}

void Dispatcher::tryPush(store::PushTarget target, std::int32_t badge, TrialDone done) {
    parts_.loop.post([this, target = std::move(target), badge, done = std::move(done)] {
        lane(target.registration.app->id, target.registration.environment)
            .tryPush(target, badge, done);
    });
}

std::map<store::Environment, std::string> Dispatcher::origins(const store::Credential& listed) {
    std::map<store::Environment, std::string> found;
    auto credential = parts_.credentials.findCredential(listed.id);
    const auto app = parts_.directory.findApp(listed.app);
    const Network* network = parts_.networks.find(listed.provider);
    if (!credential || !app || network == nullptr) return found;
    PushContent content;
    content.id = newPushId();
    content.target.token = network->anyToken();
    if (content.target.token.empty()) return found;
    content.target.registration.app = std::make_shared<const store::App>(*app);
    parts_.loop.runAndWait([&] {
        try {
            const auto session = network->open(std::move(*credential), app->name, {});
            for (const store::Environment environment : environmentsOf(listed)) {
                content.target.registration.environment = environment;
                const provider::Encoded& encoded = session->encode(content.view());
                if (encoded.result == provider::Encoded::Result::Ready)
                    found[environment] = encoded.origin;
            }
        } catch (const std::exception&) {
            // The credential's own line of `check` says why it cannot be used.
        }
    });
    return found;
}

std::vector<LaneStatus> Dispatcher::status() {
    constexpr std::size_t kDevicesAtOnce = 4'096;
    std::vector<LaneStatus> all;
    std::vector<std::pair<const Lane*, std::size_t>> busy;  // lanes live as long as this
    parts_.loop.runAndWait([&] {
        for (const auto& [key, lane] : lanes_) {
            if (!lane->idle()) busy.emplace_back(lane.get(), all.size());
            all.push_back(lane->status());
        }
    });
    for (const auto& [lane, index] : busy) {
        std::size_t position = 0;
        for (bool more = true; more;)
            parts_.loop.runAndWait([&, counted = lane, at = index] {
                more = counted->countWaiting(position, kDevicesAtOnce, all[at]);
            });
    }
    // An admin removed the app or the credential, and nobody waits for another.
    std::erase_if(all, [](const LaneStatus& lane) { return !lane.stored && lane.waiting == 0; });
    return all;
}

}  // namespace postbell::dispatch
