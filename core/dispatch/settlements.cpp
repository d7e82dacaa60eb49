// SPDX-License-Identifier: Apache-2.0
#include "dispatch/settlements.h"

namespace postbell::dispatch {

using Kind = store::Settlement::Kind;

store::Settlement Settlements::make(Kind kind, store::Id registration, store::Id device,
                                    util::WallTime now) const {
    store::Settlement settlement;
    settlement.kind = kind;
    settlement.registration = registration;
    settlement.device = device;
    settlement.app = app_;
    settlement.environment = environment_;
    settlement.at = util::toMs(now);
    return settlement;
}

void Settlements::delivered(const Flight& flight, util::WallTime now) {
    const PushContent& content = flight.content;
    store::Settlement settlement =
        make(content.part == Part::Mail ? Kind::Delivered : Kind::CheckSent,
             content.target.registration.id, flight.device, now);
    settlement.generation = flight.generation;
    settlement.count = content.count;
    settlement.shared = content.target.registration.accounts >= 2;
    queue_(std::move(settlement));
}

void Settlements::dropped(const Flight& flight, util::WallTime now) {
    const PushContent& content = flight.content;
    store::Settlement settlement =
        make(content.part == Part::Mail ? Kind::Dropped : Kind::CheckSent,
             content.target.registration.id, flight.device, now);
    settlement.generation = flight.generation;
    queue_(std::move(settlement));
}

void Settlements::dropped(const store::Pending& row, Part part, util::WallTime now) {
    store::Settlement settlement = make(part == Part::Mail ? Kind::Dropped : Kind::CheckSent,
                                        row.registration, row.device, now);
    settlement.generation = row.generation;
    queue_(std::move(settlement));
}

void Settlements::deviceDead(const Flight& flight, util::WallTime now) {
    const store::PushTarget& target = flight.content.target;
    store::Settlement settlement =
        make(Kind::DeviceDead, target.registration.id, flight.device, now);
    settlement.generation = flight.generation;
    settlement.token_at = target.token_at;
    queue_(std::move(settlement));
}

void Settlements::first410(const Flight& flight, util::WallTime now) {
    const store::PushTarget& target = flight.content.target;
    store::Settlement settlement = make(Kind::First410, target.registration.id, flight.device, now);
    settlement.token_at = target.token_at;
    queue_(std::move(settlement));
}

}  // namespace postbell::dispatch
