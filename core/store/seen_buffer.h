// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "store/connection.h"
#include "store/records.h"

namespace postbell::store {

/// What was seen and is not written yet, merged by registration. Bounded: beyond that, news of
/// further registrations is forgotten, which is allowed. Not thread-safe.
class SeenBuffer {
  public:
    using Row = std::pair<Id, Seen>;

    void add(Row row);
    /// Rows that a failed commit could not write; what came since is newer.
    void putBack(std::vector<Row> rows);
    std::vector<Row> take(std::size_t at_most);
    bool empty() const { return rows_.empty(); }

  private:
    std::unordered_map<Id, Seen> rows_;
};

/// Merges `newer` into `seen`: zero times and an empty text change nothing.
void merge(Seen& seen, const Seen& newer);
/// Writes one row, merged with the stored one. Nothing for a registration that is gone.
void writeSeen(Connection& connection, Id registration, const Seen& seen);

}  // namespace postbell::store
