// SPDX-License-Identifier: Apache-2.0
#include "dispatch/lanes.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "dispatch/credential_choice.h"
#include "engine/loop.h"
#include "log/log.h"
#include "store/credentials.h"
#include "store/events.h"

namespace postbell::dispatch {

Lanes::Lanes(const Surroundings& around)
    : around_(around),
      metrics_(around.registry, around.networks.instances()),
      store_trouble_(around.log),
      queue_settlement_([this](const store::Settlement& s) { settle(s); }),
      context_{around, metrics_, store_trouble_, traces_, queue_settlement_},
      work_(around.loop) {}

void Lanes::start() {
    started_ = true;
    openSoon(0);
    around_.events.eachPending(
        [this](const store::Pending& row) { at(row.app, row.environment).changed(row); });
}

void Lanes::drain() {
    for (auto& [key, lane] : lanes_) lane->drain();
}

bool Lanes::inFlight() const {
    return std::any_of(lanes_.begin(), lanes_.end(),
                       [](const auto& entry) { return entry.second->inFlight() > 0; });
}

void Lanes::committed(std::span<const store::Pending> rows,
                      std::span<const store::Settlement> settled) {
    // A row of one app that fails holds up no other app's.
    for (const store::Pending& row : rows) {
        try {
            at(row.app, row.environment).changed(row);
        } catch (const std::exception& e) {
            around_.log.error("a pending push made the gateway fail: please report this",
                              {{"app", row.app}, {"reason", e.what()}});
        }
    }
    for (const store::Settlement& s : settled)
        if (const auto found = lanes_.find({s.app, s.environment}); found != lanes_.end())
            found->second->confirmSettled(s);
}

void Lanes::credentialChanged(store::Id app) {
    for (auto& [key, lane] : lanes_)
        if (key.first == app) lane->reloadCredential();
    if (!started_) return;
    try {
        openSoon(app);
    } catch (const std::exception& e) {
        // Then the first push opens the lane.
        store_trouble_.met(e.what());
    }
}

Lane& Lanes::at(store::Id app, store::Environment environment) {
    const auto found = lanes_.find({app, environment});
    if (found != lanes_.end()) return *found->second;
    // Made first: a constructor that throws leaves no lane behind.
    auto lane = std::make_unique<Lane>(context_, app, environment);
    return *lanes_.emplace(std::pair{app, environment}, std::move(lane)).first->second;
}

void Lanes::openSoon(store::Id app) {
    for (const store::Credential& credential : around_.credentials.listCredentials(app))
        for (const store::Environment environment : environmentsOf(credential))
            work_.post([this, of = credential.app, environment] { at(of, environment); });
}

void Lanes::settle(const store::Settlement& settlement) {
    if (settlements_.empty())
        work_.atEndOfTurn([this] {
            around_.events.settle(settlements_);
            settlements_.clear();
        });
    settlements_.push_back(settlement);
}

}  // namespace postbell::dispatch
