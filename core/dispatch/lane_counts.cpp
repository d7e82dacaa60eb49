// SPDX-License-Identifier: Apache-2.0
// Between durable and encode: the unread count of a mailbox that the gateway manages is read before
// its push. Only that device waits for it.
#include "dispatch/lane.h"

namespace postbell::dispatch {

bool Lane::mustCount(const Waiting& waiting, const store::PushTarget& target) const {
    return context_.read_count && target.managed.id != 0 &&
           waiting.row().count == store::kUnknownCount && waiting.counted.generation == 0;
}

void Lane::readCount(Device& device, const Waiting& waiting, const store::ManagedState& mailbox) {
    device.in_flight = true;  // nothing else leaves for it until the count is there
    const store::Pending& row = waiting.row();
    context_.read_count(
        mailbox, waiting.changed_us,
        [this, &loop = context_.loop, alive = std::weak_ptr<int>(alive_), device = device.id,
         registration = row.registration, generation = row.generation](std::int32_t count) {
            loop.post([this, alive, device, registration, generation, count] {
                if (!alive.expired()) counted(device, registration, {generation, count});
            });
        });
}

std::vector<store::BadgeShare> Lane::badgeShares(Device& device) {
    std::vector<store::BadgeShare> shares = context_.store.badgeShares(device.id);
    for (store::BadgeShare& share : shares)
        if (const Waiting* waiting = device.find(share.registration.id))
            share.count = waiting->deliveredCount().value_or(share.count);
    return shares;
}

void Lane::counted(store::Id device_id, store::Id registration, Waiting::Counted counted) {
    const auto found = devices_.find(device_id);
    if (found == devices_.end()) return;
    Device& device = found->second;
    device.in_flight = false;
    if (Waiting* waiting = device.find(registration)) waiting->counted = counted;
    schedule(device);
    removeIfDone(device);
    pumpSoon();
}

}  // namespace postbell::dispatch
