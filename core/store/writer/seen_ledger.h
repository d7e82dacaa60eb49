// SPDX-License-Identifier: Apache-2.0
// When registrations were last seen: kept in memory and written in passing, since it may be lost
// without harm.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "store/records/basics.h"
#include "store/records/seen.h"
#include "util/real_time.h"

namespace postbell::store {

/// A registration whose subscription gave a sign of life.
struct Heard {
    Id registration = 0;
    bool own_folder = false;  ///< the message names the reported folder
    bool operator==(const Heard&) const = default;
};
/// Of what a mail server's message is the sign.
enum class Sign {
    OfLife,
    OfEvent,  ///< it meant a push
};

/// A registration that the store gives is up to date with the ledger already. Thread-safe.
class SeenLedger {
  public:
    using Row = std::pair<Id, SeenNews>;

    void deviceCalled(Id registration, util::WallTime now);
    void heard(const Heard& registration, util::WallTime now, Sign sign = Sign::OfLife) {
        heard({&registration, 1}, now, sign);
    }
    /// The registrations that one message was a sign of, under one lock.
    void heard(std::span<const Heard> registrations, util::WallTime now, Sign sign);
    void pushed(Id registration, util::WallTime now, std::string_view outcome);
    /// `nudges`: in a row, with this one.
    void nudged(Id registration, util::WallTime now, std::uint32_t nudges);
    void tokenProven(Id registration, const TokenProof& proof);

    // For the store.

    /// Called, on any thread, when there is a row to write after there was none.
    void onFirst(std::function<void()> came) { came_ = std::move(came); }
    /// Merges the rows that a read may have missed into its result, and forgets times of either
    /// that have not come yet at `now`.
    void complete(Id registration, Seen& seen, util::WallTime now) const;
    bool empty() const { return !any_; }
    /// Some rows that are to be written now; followed by written() or putBack().
    std::vector<Row> take(std::size_t at_most);
    /// The rows that were taken are readable for reads that begin from now on.
    void written(util::RealTime now);
    /// Leaves those in `rows` that are not back yet, if this throws for want of memory.
    void putBack(std::vector<Row>& rows);

  private:
    using Rows = std::unordered_map<Id, SeenNews>;
    template <class Change>
    void note(Id registration, const Change& change);
    /// Under the lock.
    template <class Change>
    void apply(Id registration, const Change& change);

    std::function<void()> came_;
    mutable std::mutex rows_mutex_;
    Rows fresh_;
    /// Whether there are fresh rows, changed under the lock: the writer asks before each wait. Set
    /// only when a row is whole, so that a note that failed leaves the next one to be the first.
    std::atomic<bool> any_{false};
    // Taken, and not readable by every read yet: a read that began before the commit may ask the
    // ledger after it.
    Rows taken_, readable_;
    util::RealTime readable_since_{};
};

}  // namespace postbell::store
