// SPDX-License-Identifier: Apache-2.0
#include "dispatch/verdict/settlement_writer.h"

namespace postbell::dispatch {

void SettlementWriter::delivered(const Flight& flight, util::WallTime now) {
    const PushContent& content = flight.content;
    const store::PushedRegistration& registration = content.target.registration;
    if (content.part == Part::Check)
        return write(registration.id, flight.device, store::CheckSettled{flight.generation});
    write(registration.id, flight.device,
          store::Delivered{flight.generation, content.count,
                           registration.registrations_on_device >= 2, now});
}

void SettlementWriter::dropped(const Flight& flight, util::WallTime now) {
    drop(flight.content.target.registration.id, flight.device, flight.content.part,
         flight.generation, now);
}

void SettlementWriter::dropped(const store::Pending& row, Part part, util::WallTime now) {
    drop(row.registration, row.device, part, row.generation, now);
}

void SettlementWriter::drop(store::Id registration, store::Id device, Part part,
                            std::int64_t generation, util::WallTime now) {
    if (part == Part::Check)
        write(registration, device, store::CheckSettled{generation});
    else
        write(registration, device, store::Dropped{generation, now});
}

void SettlementWriter::deviceDead(const Flight& flight, util::WallTime now) {
    const store::PushTarget& target = flight.content.target;
    write(target.registration.id, flight.device, store::DeviceDead{target.token_at, now});
}

void SettlementWriter::first410(const Flight& flight, util::WallTime now) {
    const store::PushTarget& target = flight.content.target;
    write(target.registration.id, flight.device, store::First410{target.token_at, now});
}

void SettlementWriter::firstForeign(const Flight& flight, util::WallTime now) {
    const store::PushTarget& target = flight.content.target;
    write(target.registration.id, flight.device, store::FirstForeign{target.token_at, now});
}

}  // namespace postbell::dispatch
