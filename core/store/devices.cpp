// SPDX-License-Identifier: Apache-2.0
#include "store/devices.h"

#include <vector>

namespace postbell::store {

namespace {

void moveOne(Tables& tables, const MovingRegistration& moving, const Move& move) {
    RegistrationRows& registrations = tables.registrations();
    const Id other = registrations.findOnDevice(move.to, moving.account_key);
    if (other == moving.id) return;  // it stays where it is
    if (other != 0) eraseRegistration(tables, other);
    registrations.move(moving.id, move.to, move.left_token_key);
}

}  // namespace

bool hasRoom(const std::optional<CountedDevice>& device) {
    return !device || device->registrations < kMaxRegistrationsPerDevice;
}

bool hasRoomFor(const std::optional<CountedDevice>& to, Id from,
                const RegistrationRows& registrations) {
    // All that move to a new device were on one before.
    if (!to || to->id == from) return true;
    std::int64_t more = 0;
    for (const MovingRegistration& moving : registrations.listMoving(from))
        if (registrations.findOnDevice(to->id, moving.account_key) == 0) ++more;
    return more == 0 || to->registrations + more <= kMaxRegistrationsPerDevice;
}

void refreshDevice(DeviceRows& devices, Id device) {
    const std::int64_t registrations = devices.countRegistrations(device);
    if (registrations == 0)
        devices.remove(device);
    else if (registrations == 1)
        devices.removeLastCounts(device);
    else
        devices.addLastCounts(device);
}

void eraseRegistration(Tables& tables, Id registration) {
    tables.mailboxSignals().wakeServing(registration);
    tables.registrations().remove(registration);
}

void moveRegistrations(Tables& tables, PendingTable& pending, const Move& move) {
    const std::vector<MovingRegistration> all = tables.registrations().listMoving(move.from);
    for (const MovingRegistration& moving : all) moveOne(tables, moving, move);
    if (move.from != move.to) refreshDevice(tables.devices(), move.from);
    refreshDevice(tables.devices(), move.to);
    for (const MovingRegistration& moving : all) {
        const bool mail_is_pending = pending.announce(moving.id);
        if (mail_is_pending || !move.send_known || moving.last_count == kUnknownCount) continue;
        pending.addCount(moving.id, moving.last_count, move.now);
    }
}

}  // namespace postbell::store
