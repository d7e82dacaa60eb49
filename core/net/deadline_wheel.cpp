// SPDX-License-Identifier: Apache-2.0
#include "net/deadline_wheel.h"

#include <algorithm>

namespace postbell::net {

DeadlineWheel::Entry::~Entry() {
    if (linked()) unlink();
}

void DeadlineWheel::Entry::unlink() {
    previous_->next_ = next_;
    next_->previous_ = previous_;
    previous_ = next_ = nullptr;
}

DeadlineWheel::DeadlineWheel(util::SteadyTime now) : done_tick_(tickOf(now)) {
    for (Entry& ring : slots_) makeEmpty(ring);
}

void DeadlineWheel::makeEmpty(Entry& ring) {
    ring.previous_ = ring.next_ = &ring;
}

void DeadlineWheel::append(Entry& ring, Entry& entry) {
    entry.previous_ = ring.previous_;
    entry.next_ = &ring;
    ring.previous_->next_ = &entry;
    ring.previous_ = &entry;
}

void DeadlineWheel::splice(Entry& from, Entry& to) {
    makeEmpty(to);
    if (from.next_ == &from) return;
    to.next_ = from.next_;
    to.previous_ = from.previous_;
    to.next_->previous_ = &to;
    to.previous_->next_ = &to;
    makeEmpty(from);
}

void DeadlineWheel::link(Entry& entry) {
    // Rounded up, so that nothing is due early; an entry beyond the wheel is looked at again when
    // it comes by.
    const std::int64_t tick = tickOf(entry.deadline_) + 1;
    entry.tick_ = std::clamp(tick, done_tick_ + 1, done_tick_ + kSlots - 1);
    append(slot(entry.tick_), entry);
    soonest_tick_ = std::min(soonest_tick_, entry.tick_);
}

void DeadlineWheel::set(Entry& entry, util::SteadyTime deadline) {
    entry.deadline_ = deadline;
    if (entry.linked()) {
        if (tickOf(deadline) + 1 >= entry.tick_) return;
        entry.unlink();
    }
    if (deadline != kNever) link(entry);
}

void DeadlineWheel::expire(util::SteadyTime now, const std::function<void(Entry&)>& due) {
    const std::int64_t now_tick = tickOf(now);
    if (now_tick < soonest_tick_) return;
    const std::int64_t first = std::max({soonest_tick_, done_tick_ + 1, now_tick - kSlots + 1});
    done_tick_ = now_tick;
    for (std::int64_t tick = first; tick <= now_tick; ++tick) {
        // On a ring of its own: `due` may destroy its neighbours, or put itself back into this very
        // slot.
        Entry ring;
        splice(slot(tick), ring);
        while (ring.next_ != &ring) {
            Entry& entry = *ring.next_;
            entry.unlink();
            if (entry.deadline_ <= now)
                due(entry);
            else if (entry.deadline_ != kNever)
                link(entry);
        }
        ring.previous_ = ring.next_ = nullptr;
    }
    soonest_tick_ = kNoTick;
    for (std::int64_t tick = now_tick + 1; tick < now_tick + kSlots; ++tick) {
        const Entry& ring = slot(tick);
        if (ring.next_ == &ring) continue;
        soonest_tick_ = tick;
        break;
    }
}

std::optional<util::Milliseconds> DeadlineWheel::wait(util::SteadyTime now) const {
    if (soonest_tick_ == kNoTick) return std::nullopt;
    const auto until = util::SteadyTime(soonest_tick_ * kTick) - now;
    return std::max(std::chrono::ceil<util::Milliseconds>(until), util::Milliseconds(0));
}

}  // namespace postbell::net
