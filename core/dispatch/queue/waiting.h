// SPDX-License-Identifier: Apache-2.0
// A pending row in memory, with the attempts to send it: the attempts belong to the dispatcher, the
// row to the store.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dispatch/flight/now.h"
#include "dispatch/flight/push_content.h"
#include "store/records/records.h"
#include "util/real_time.h"

namespace postbell::dispatch {

/// A registration with a pending row. A value.
class Waiting {
  public:
    explicit Waiting(const store::Pending& row) : row_(row) {}

    const store::Pending& row() const { return row_; }
    bool hasMail() const { return row_.mail_generation != 0; }
    bool hasCheck() const { return row_.check_generation != 0; }
    bool pending() const { return hasMail() || hasCheck(); }
    /// Nothing is to be sent, and every settlement is durable.
    bool done() const { return !pending() && settled_mail_ == 0 && settled_check_ == 0; }

    /// A row that the store merged. Parts that were settled meanwhile are taken out of it.
    void merge(const store::Pending& row);
    /// Events up to `generation` need no more sending; later ones keep their own kind.
    void settle(Part part, std::int64_t generation, util::WallTime now);
    /// The settlement is durable.
    void confirmSettled(Part part, std::int64_t generation);

    /// When the next part is due, and which it is: new mail at once, a changed count
    /// `quiet_delay` after the first change, a check after the mail.
    Part nextPart() const { return hasMail() ? Part::Mail : Part::Check; }
    util::WallTime due(util::Milliseconds quiet_delay, util::WallTime now) const;

    /// Of the last event of this part; 0: not known.
    util::Trace trace(Part part) const {
        return part == Part::Mail ? row_.mail_trace : row_.check_trace;
    }
    void setTrace(Part part, util::Trace trace) {
        (part == Part::Mail ? row_.mail_trace : row_.check_trace) = trace;
    }
    /// Mail events without a push so far, and when the first of them was durable.
    struct Unsent {
        std::uint32_t events = 0;
        util::RealTime durable;  ///< not set: not known
    };
    Unsent takeUnsent() {
        return {std::exchange(row_.events, 0), std::exchange(row_.durable, util::RealTime())};
    }

    /// When the push is tried again that the provider failed. kAtOnce: the provider failed none.
    util::SteadyTime set_aside_until = kAtOnce;
    std::uint32_t provider_failures = 0;  ///< in a row

    std::string push_id;         ///< of the push that is being tried; empty: not tried yet
    std::uint32_t attempts = 0;  ///< of that push
    util::Trace sent_trace = 0;  ///< of its last attempt

    /// A count that was read for the next push, of the state up to `generation`; 0: not read.
    struct Counted {
        std::int64_t generation = 0;
        std::int32_t count = store::kUnknownCount;
    };
    Counted counted;
    /// The count that was delivered last, while the store may still have the row of that push:
    /// there a count that was read is unknown. Nothing: the store's count is the newer one.
    std::optional<std::int32_t> deliveredCount() const {
        return !hasMail() && settled_mail_ != 0 ? delivered_ : std::nullopt;
    }
    void delivered(std::int32_t count) { delivered_ = count; }
    util::RealTime changed;  ///< when the row was last changed

  private:
    store::Pending row_;
    std::optional<std::int32_t> delivered_;
    std::int64_t settled_mail_ = 0;  // generation up to which a settlement is under way; 0: none
    util::WallTime settled_at_;      // of settled_mail_
    std::int64_t settled_check_ = 0;
};

/// The row as it was when the count was read: later events keep their place in the queue.
store::Pending withCount(store::Pending row, const Waiting::Counted& counted);

}  // namespace postbell::dispatch
