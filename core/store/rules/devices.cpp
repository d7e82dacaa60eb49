// SPDX-License-Identifier: Apache-2.0
#include "store/rules/devices.h"

#include <algorithm>
#include <vector>

namespace postbell::store {

bool hasRoom(const std::optional<CountedDevice>& device) {
    return !device || device->registrations < kMaxRegistrationsPerDevice;
}

bool hasRoomFor(const std::optional<CountedDevice>& to, Id from,
                const RegistrationRows& registrations) {
    // All that move to a new device were on one before.
    if (!to || to->id == from) return true;
    const auto moving = registrations.listMoving(from, to->id);
    const auto more = std::ranges::count(moving, 0, &MovingRegistration::other);
    return more == 0 || to->registrations + more <= kMaxRegistrationsPerDevice;
}

void refreshDevices(Tables& tables, std::span<const Id> devices) {
    std::vector<Id> left, alone, shared;
    for (const CountedDevice& device : tables.devices().countRegistrations(devices)) {
        const auto number = device.registrations;
        (number == 0 ? left : number == 1 ? alone : shared).push_back(device.id);
    }
    if (!left.empty()) tables.devices().remove(left);
    if (!alone.empty()) tables.lastCounts().removeOf(alone);
    if (!shared.empty()) tables.lastCounts().addOf(shared);
}

void eraseRegistrations(Tables& tables, std::span<const Id> registrations) {
    if (registrations.empty()) return;
    tables.mailboxSignals().wakeServing(registrations);
    tables.registrations().remove(registrations);
}

void moveRegistrations(Tables& tables, PendingTable& pending, const Move& move) {
    const std::vector<MovingRegistration> all =
        tables.registrations().listMoving(move.from, move.to);
    if (move.from != move.to) {
        std::vector<Id> others;
        for (const MovingRegistration& moving : all)
            if (moving.other != 0) others.push_back(moving.other);
        eraseRegistrations(tables, others);
        tables.registrations().move(move.from, move.to, move.left_token_key);
    }
    const Id devices[] = {move.from, move.to};
    refreshDevices(tables, devices);
    for (const MovingRegistration& moving : all) {
        const bool mail_is_pending = pending.announce(moving.id);
        if (mail_is_pending || !move.send_known || moving.last_count == kUnknownCount) continue;
        pending.addCount(moving.id, moving.last_count, move.now);
    }
}

}  // namespace postbell::store
