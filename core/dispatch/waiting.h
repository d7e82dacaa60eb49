// SPDX-License-Identifier: Apache-2.0
// What waits to be sent, in memory: the schedule and the attempts belong to the dispatcher, the
// rows to the store.
#pragma once
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dispatch/push_content.h"
#include "store/records.h"

namespace postbell::dispatch {

/// One registration with something pending. A value.
class Waiting {
  public:
    explicit Waiting(const store::Pending& row) : row_(row) {}

    const store::Pending& row() const { return row_; }
    bool hasMail() const { return row_.mail_generation != 0; }
    bool hasCheck() const { return row_.check_generation != 0; }
    /// Nothing to send, and no settlement under way that a row of the store might not know of.
    bool done() const {
        return !hasMail() && !hasCheck() && settled_mail_ == 0 && settled_check_ == 0;
    }

    /// A row that the store merged. What was settled meanwhile is taken out of it.
    void merge(const store::Pending& row);
    /// What was sent up to `generation` needs no more sending; what came later keeps its own kind.
    void settle(Part part, std::int64_t generation, std::int64_t now_ms);
    /// The store knows of it now.
    void settled(Part part, std::int64_t generation);

    /// When the next part is due, and which it is: new mail at once, a changed count
    /// `quiet_delay_ms` after the first change, a check after the mail. Wall-clock milliseconds.
    Part nextPart() const { return hasMail() ? Part::Mail : Part::Check; }
    std::int64_t dueMs(std::int64_t quiet_delay_ms, std::int64_t now_ms) const;

    /// Of the last event of this part; 0: not known.
    util::Trace trace(Part part) const {
        return part == Part::Mail ? row_.mail_trace : row_.check_trace;
    }
    void setTrace(Part part, util::Trace trace) {
        (part == Part::Mail ? row_.mail_trace : row_.check_trace) = trace;
    }
    /// The mail events that no push was sent for yet, and when the first of them was durable.
    struct Unsent {
        std::uint32_t events = 0;
        std::int64_t durable_us = 0;  ///< steady clock; 0: not known
    };
    Unsent takeUnsent() {
        return {std::exchange(row_.events, 0), std::exchange(row_.durable_us, 0)};
    }

    std::string push_id;         ///< of the push that is being tried; empty: none yet
    std::uint32_t attempts = 0;  ///< of that push
    util::Trace sent_trace = 0;  ///< of its last attempt

    /// A count that was read for the next push, of the state up to `generation`; 0: none was.
    struct Counted {
        std::int64_t generation = 0;
        std::int32_t count = store::kUnknownCount;
    };
    Counted counted;
    /// What was delivered last, while the store may still have the row that it was sent for: there
    /// a count that was read is unknown. Nothing: the store knows better.
    std::optional<std::int32_t> deliveredCount() const {
        return !hasMail() && settled_mail_ != 0 ? delivered_ : std::nullopt;
    }
    void delivered(std::int32_t count) { delivered_ = count; }
    std::int64_t changed_us = 0;  ///< steady clock: when the row was last changed

  private:
    store::Pending row_;
    std::optional<std::int32_t> delivered_;
    std::int64_t settled_mail_ = 0;  // generation up to which a settlement is under way; 0: none
    std::int64_t settled_check_ = 0;
};

/// The row as it was when the count was read: what came later keeps its place in the queue.
store::Pending withCount(store::Pending row, const Waiting::Counted& counted);

constexpr std::int64_t kUnscheduled = std::numeric_limits<std::int64_t>::min();

/// One device: at most one push is in flight for it, so that an older count never overtakes a newer
/// one.
struct Device {
    store::Id id = 0;
    std::vector<Waiting> waiting;  // one for each registration with something pending
    bool in_flight = false;
    bool held_by_origin =
        false;  ///< `not_before` is the origin's doing: over when the origin works again
    std::uint32_t failures = 0;      ///< in a row
    std::int64_t not_before_ms = 0;  ///< steady clock
    std::int64_t scheduled_ms =
        kUnscheduled;            ///< the time under which it stands in its lane's schedule
    std::int64_t probed_ms = 0;  ///< when it last served as a probe

    Waiting* find(store::Id registration);
};

}  // namespace postbell::dispatch
