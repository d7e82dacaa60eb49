// SPDX-License-Identifier: Apache-2.0
#include "dispatch/settlements.h"

namespace postbell::dispatch {

void Settlements::delivered(const Flight& flight, util::WallTime now) {
    const PushContent& content = flight.content;
    const store::Recipient& registration = content.target.registration;
    if (content.part == Part::Check)
        return queue(registration.id, flight.device, store::CheckSent{flight.generation});
    queue(registration.id, flight.device,
          store::Delivered{flight.generation, content.count,
                           registration.registrations_on_device >= 2, now});
}

void Settlements::dropped(const Flight& flight, util::WallTime now) {
    drop(flight.content.target.registration.id, flight.device, flight.content.part,
         flight.generation, now);
}

void Settlements::dropped(const store::Pending& row, Part part, util::WallTime now) {
    drop(row.registration, row.device, part, row.generation, now);
}

void Settlements::drop(store::Id registration, store::Id device, Part part, std::int64_t generation,
                       util::WallTime now) {
    if (part == Part::Check)
        queue(registration, device, store::CheckSent{generation});
    else
        queue(registration, device, store::Dropped{generation, now});
}

void Settlements::deviceDead(const Flight& flight, util::WallTime now) {
    const store::PushTarget& target = flight.content.target;
    queue(target.registration.id, flight.device, store::DeviceDead{target.token_at, now});
}

void Settlements::first410(const Flight& flight, util::WallTime now) {
    const store::PushTarget& target = flight.content.target;
    queue(target.registration.id, flight.device, store::First410{target.token_at, now});
}

void Settlements::firstForeign(const Flight& flight, util::WallTime now) {
    const store::PushTarget& target = flight.content.target;
    queue(target.registration.id, flight.device, store::FirstForeign{target.token_at, now});
}

}  // namespace postbell::dispatch
