// SPDX-License-Identifier: Apache-2.0
#include "store/desk/unopened_rows.h"

namespace postbell::store {

void UnopenedRows::note(std::string_view place, Id row, std::string_view why) {
    const std::lock_guard lock(rows_mutex_);
    if (rows_.size() >= kMaxRows || !rows_.emplace(place, row).second) return;
    count_.store(rows_.size(), std::memory_order_relaxed);
    log_.error(
        "a sealed value in the database does not open, and its row is set aside: it was changed, "
        "or moved from another row",
        {{"column", place}, {"row", row}, {"reason", why}});
    if (rows_.size() == kMaxRows)
        log_.error("more rows that do not open are not named: `postbell check` counts them");
}

void UnopenedRows::forget(std::string_view place, Id row) {
    if (count() == 0) return;
    const std::lock_guard lock(rows_mutex_);
    rows_.erase({place, row});
    count_.store(rows_.size(), std::memory_order_relaxed);
}

}  // namespace postbell::store
