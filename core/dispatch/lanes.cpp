// SPDX-License-Identifier: Apache-2.0
#include "dispatch/lanes.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "dispatch/channel/credential_choice.h"
#include "engine/loop.h"
#include "log/log.h"
#include "store/credentials.h"
#include "store/events.h"
#include "util/exception_text.h"
#include "util/insist.h"

namespace postbell::dispatch {
namespace {

constexpr util::Milliseconds kFirstMissed{1'000}, kMaxMissed = std::chrono::minutes(1);

}  // namespace

Lanes::Lanes(const Surroundings& around)
    : around_(around),
      metrics_(around.registry, around.networks.instances()),
      store_trouble_(around.log),
      queue_settlement_([this](const store::Settlement& s) { settle(s); }),
      context_{around,  metrics_,          store_trouble_,
               traces_, queue_settlement_, authorization_troubles_},
      missed_pauses_(kFirstMissed, kMaxMissed),
      work_(around.loop) {}

void Lanes::start() {
    started_ = true;
    openSoon(0);
    around_.events.eachPending([this](const store::Pending& row) { take(row); });
}

/// A row of one app that fails holds up no other app's.
void Lanes::take(const store::Pending& row) {
    try {
        at(row.app, row.environment).changed(row);
    } catch (...) {
        missed(util::exceptionText());
    }
}

/// The mail servers have their answers, so the rows must be pushed: the store still has them.
void Lanes::missed(std::string_view why) {
    if (missed_timer_.armed()) return;
    const util::Milliseconds pause = missed_pauses_.next();
    util::insist([&] { missed_timer_ = around_.loop.after(pause, [this] { takeMissed(); }); });
    util::succeeds([&] {
        around_.log.error("pending pushes could not be taken from the store: they are read again",
                          {{"reason", why}, {"after_ms", pause.count()}});
    });
}

void Lanes::takeMissed() {
    try {
        around_.events.eachPending([this](const store::Pending& row) { take(row); });
    } catch (...) {
        missed(util::exceptionText());
    }
    if (!missed_timer_.armed()) missed_pauses_.reset();
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
    for (const store::Pending& row : rows) take(row);
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
    } catch (...) {
        // Then the first push opens the lane.
        store_trouble_.met(util::exceptionText());
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
    settlements_.push_back(settlement);
    if (std::exchange(handover_planned_, true)) return;
    work_.atEndOfTurn([this] { handOver(); });
}

void Lanes::handOver() {
    try {
        around_.events.settle(settlements_);
        settlements_.clear();
        handover_planned_ = false;
    } catch (...) {
        store_trouble_.met(util::exceptionText());
        // Without a next time no outcome would be stored until a restart.
        handover_timer_ =
            around_.loop.after(storeRetry(around_.loop.clock()), [this] { handOver(); });
    }
}

}  // namespace postbell::dispatch
