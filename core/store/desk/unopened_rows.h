// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <cstddef>
#include <mutex>
#include <set>
#include <string_view>
#include <utility>

#include "log/log.h"
#include "store/records/basics.h"

namespace postbell::store {

/// Rows that were set aside since the start: those with a sealed value that did not open, and those
/// with an id that is damaged. Each is logged when it is met first, however many events meet it.
/// Thread-safe.
class UnopenedRows {
  public:
    /// More rows than this are a damaged database, not a row that was tampered with: they are
    /// neither kept nor logged.
    static constexpr std::size_t kMaxRows = 1'000;

    explicit UnopenedRows(log::Log& log) : log_(log) {}

    /// `place`: a literal of sealed_places.h.
    void note(std::string_view place, Id row, std::string_view why);
    /// `place`: a literal, "registration.public_id".
    void noteDamaged(std::string_view place, Id row);
    /// The row's value was sealed anew, or the row is gone.
    void forget(std::string_view place, Id row);
    std::size_t count() const { return count_.load(std::memory_order_relaxed); }

  private:
    void add(std::string_view sentence, std::string_view place, Id row, std::string_view why);

    log::Log& log_;
    std::mutex rows_mutex_;
    std::set<std::pair<std::string_view, Id>> rows_;
    std::atomic<std::size_t> count_ = 0;
};

}  // namespace postbell::store
