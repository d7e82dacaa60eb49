// SPDX-License-Identifier: Apache-2.0
#include "dispatch/dispatcher.h"

#include <chrono>
#include <thread>

namespace postbell::dispatch {

Dispatcher::Dispatcher(engine::Loop& loop, store::Store& store, registry::SeenBuffer& seen,
                       const provider::ProviderHost& providers, prometheus::Registry& registry,
                       log::Log& log, DispatchSettings settings, LifeClockOf life_clock_of,
                       CountReader read_count)
    : loop_(loop),
      store_(store),
      settings_(std::move(settings)),
      metrics_(registry),
      context_{loop,
               store,
               seen,
               providers,
               metrics_,
               log,
               settings_,
               std::move(life_clock_of),
               std::move(read_count),
               [this](store::Settlement s) { settle(std::move(s)); }} {}

Dispatcher::~Dispatcher() {
    loop_.runAndWait([this] { lanes_.clear(); });
}

void Dispatcher::start() {
    loop_.runAndWait([this] {
        store_.eachPending([this](const store::Pending& row) {
            lane(row.credential_app, row.environment).changed(row);
        });
    });
}

void Dispatcher::drain(std::int64_t deadline_ms) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(deadline_ms);
    loop_.runAndWait([this] {
        for (auto& [key, lane] : lanes_) lane->drain();
    });
    for (bool under_way = true; under_way && std::chrono::steady_clock::now() < deadline;) {
        under_way = false;
        loop_.runAndWait([&] {
            for (const auto& [key, lane] : lanes_) under_way = under_way || lane->inFlight() > 0;
        });
        if (under_way) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    loop_.runAndWait(
        [] {});  // what the last answers settled was handed over at the end of their turn
}

Lane& Dispatcher::lane(store::Id app, store::Environment environment) {
    std::unique_ptr<Lane>& lane = lanes_[{app, environment}];
    if (!lane) lane = std::make_unique<Lane>(context_, app, environment);
    return *lane;
}

void Dispatcher::committed(std::span<const store::Pending> rows,
                           std::span<const store::Settlement> settled) {
    loop_.post([this, rows = std::vector<store::Pending>(rows.begin(), rows.end()),
                settled = std::vector<store::Settlement>(settled.begin(), settled.end())] {
        for (const store::Pending& row : rows)
            lane(row.credential_app, row.environment).changed(row);
        for (const store::Settlement& s : settled)
            if (const auto found = lanes_.find({s.app, s.environment}); found != lanes_.end())
                found->second->settled(s);
    });
}

void Dispatcher::settle(store::Settlement settlement) {
    if (settlements_.empty())
        loop_.atEndOfTurn([this] {
            store_.settle(std::move(settlements_));
            settlements_.clear();
        });
    settlements_.push_back(std::move(settlement));
}

void Dispatcher::credentialChanged(store::Id app) {
    loop_.post([this, app] {
        for (auto& [key, lane] : lanes_)
            if (key.first == app) lane->reloadCredential();
    });
}

void Dispatcher::test(store::PushTarget target, std::int32_t badge,
                      std::function<void(TestOutcome)> done) {
    loop_.post([this, target = std::move(target), badge, done = std::move(done)] {
        lane(target.registration.app, target.registration.environment).test(target, badge, done);
    });
}

std::vector<LaneStatus> Dispatcher::status() {
    std::vector<LaneStatus> all;
    loop_.runAndWait([&] {
        for (const auto& [key, lane] : lanes_) all.push_back(lane->status());
    });
    return all;
}

}  // namespace postbell::dispatch
