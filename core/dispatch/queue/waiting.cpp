// SPDX-License-Identifier: Apache-2.0
#include "dispatch/queue/waiting.h"

#include <algorithm>

namespace postbell::dispatch {

void Waiting::merge(const store::Pending& row) {
    if (row.generation < row_.generation) {
        row_.events += row.events;
        return;
    }
    const auto earlier = static_cast<const store::EventTrail&>(row_);
    row_ = row;
    row_.takeIn(earlier);
    // The store settles by the same rules, once it comes to the settlement.
    if (settled_mail_ != 0) row_.settleMail(settled_mail_, settled_at_);
    if (settled_check_ != 0) row_.settleCheck(settled_check_);
}

void Waiting::settle(Part part, std::int64_t generation, util::WallTime now) {
    if (part == Part::Check) {
        settled_check_ = std::max(settled_check_, generation);
        row_.settleCheck(generation);
        if (!row_.hasCheck()) row_.check_trace = 0;
        return;
    }
    settled_mail_ = std::max(settled_mail_, generation);
    settled_at_ = now;
    delivered_.reset();
    row_.settleMail(generation, now);
    if (!row_.hasMail()) row_.mail_trace = 0;
}

void Waiting::confirmSettled(Part part, std::int64_t generation) {
    std::int64_t& under_way = part == Part::Mail ? settled_mail_ : settled_check_;
    if (under_way <= generation) under_way = 0;
}

util::WallTime Waiting::due(util::Milliseconds quiet_delay, util::WallTime now) const {
    if (!hasMail()) return now;
    const util::WallTime since = row_.since;
    return row_.new_mail_generation != 0 ? since : since + quiet_delay;
}

store::Pending withCount(store::Pending row, const Waiting::Counted& counted) {
    if (counted.generation == 0 || row.count != store::kUnknownCount) return row;
    row.count = counted.count;
    if (row.generation > counted.generation) row.generation = counted.generation;
    if (row.new_mail_generation > counted.generation) row.new_mail_generation = 0;
    return row;
}

}  // namespace postbell::dispatch
