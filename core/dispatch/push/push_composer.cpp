// SPDX-License-Identifier: Apache-2.0
#include "dispatch/push/push_composer.h"

#include <utility>

namespace postbell::dispatch {

PushComposer::Result PushComposer::compose(Device& device, Waiting& waiting,
                                           UnknownCount unknown_count, util::WallTime now,
                                           Flight& flight) {
    const Part part = waiting.nextPart();
    PushContent& content = flight.content;
    auto target = events_.pushTarget(waiting.row().registration);
    if (!target) return Result::RegistrationGone;
    content.target = std::move(*target);
    const store::PushedRegistration& registration = content.target.registration;
    // The store announced the row for that device: it is sent, and merged, there.
    if (registration.device != device.id) return Result::Moved;
    if (!content.target.app->enabled) return Result::AppOff;
    if (util::isSet(registration.device_dead_at)) return Result::TokenDead;
    if (part == Part::Mail && unknown_count == UnknownCount::ReadFirst &&
        mustCount(waiting, content.target))
        return Result::CountFirst;

    const store::Pending row =
        part == Part::Mail ? withCount(waiting.row(), waiting.counted) : waiting.row();
    fill(content, row, part, now);
    if (part == Part::Mail) content.badge = badgeOf(device, content);
    if (waiting.push_id.empty()) waiting.push_id = newPushId();
    content.id = waiting.push_id;
    content.attempt = waiting.attempts + 1;
    flight.device = device.id;
    flight.generation = row.generation;
    // A check that the gateway asks for, or a row from before the start, has no trace yet.
    if (waiting.trace(part) == 0) waiting.setTrace(part, traces_.next());
    flight.trace = waiting.trace(part);
    return Result::Ready;
}

bool PushComposer::mustCount(const Waiting& waiting, const store::PushTarget& target) const {
    return read_counts_ && target.mailbox_state.id != 0 &&
           waiting.row().count == store::kUnknownCount && waiting.counted.generation == 0;
}

std::int32_t PushComposer::badgeOf(Device& device, const PushContent& content) {
    const store::PushedRegistration& registration = content.target.registration;
    if (registration.registrations_on_device < 2) return content.count;
    std::vector<store::BadgeShare> shares = events_.badgeShares(device.id);
    for (store::BadgeShare& share : shares)
        if (const Waiting* other = device.find(share.registration.id))
            share.count = other->deliveredCount().value_or(share.count);
    return badge(shares, registration.id, content.count, life_clock_of_);
}

}  // namespace postbell::dispatch
