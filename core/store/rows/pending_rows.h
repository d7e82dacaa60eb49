// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <optional>

#include "store/records/pending_row.h"

namespace postbell::store {

/// A pending row with the keys by which a message that is sent again is recognised.
struct StoredPending {
    PendingRow row;   ///< generation 0: there is no row yet
    DedupKeys dedup;  ///< of the row's last events
};

/// No rules are here: PendingTable asks for rows, applies the rules and writes the rows back.
class PendingRows {
  public:
    virtual ~PendingRows() = default;

    /// The greatest generation of all rows; 0: there is no row.
    virtual std::int64_t newestGeneration() const = 0;
    virtual StoredPending find(Id registration) const = 0;
    /// The row with the device that it is pushed to. Nothing: there is no row.
    virtual std::optional<Pending> findWithDevice(Id registration) const = 0;
    /// Every row, oldest first.
    virtual void each(const std::function<void(const Pending&)>& visit) const = 0;
    /// Inserts the row, or replaces it.
    virtual void put(const StoredPending& pending) = 0;
    /// Writes back the rest that an outcome left of a row that is there.
    virtual void update(const PendingRow& row) = 0;
    virtual void remove(Id registration) = 0;
    /// Removes the row if it is emptied: PendingRow::isEmptiedByMail() and isEmptiedByCheck() in
    /// the engine's own language, so that most outcomes take one statement. False: nothing was
    /// removed.
    virtual bool removeEmptiedByMail(Id registration, std::int64_t sent) = 0;
    virtual bool removeEmptiedByCheck(Id registration, std::int64_t sent) = 0;
    virtual void removeAllOfDevice(Id device) = 0;

    /// The registration's device. Nothing: the registration is gone.
    virtual std::optional<Id> deviceOf(Id registration) const = 0;
};

}  // namespace postbell::store
