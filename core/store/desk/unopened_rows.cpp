// SPDX-License-Identifier: Apache-2.0
#include "store/desk/unopened_rows.h"

namespace postbell::store {

void UnopenedRows::note(std::string_view place, Id row, std::string_view why) {
    add("a sealed value in the database does not open, and its row is set aside: it was changed, "
        "or moved from another row",
        place, row, why);
}

void UnopenedRows::noteDamaged(std::string_view place, Id row) {
    add("an id in the database is damaged, and its row is set aside until its phone registers "
        "again, or a backup is restored",
        place, row, "it is no text");
}

void UnopenedRows::add(std::string_view sentence, std::string_view place, Id row,
                       std::string_view why) {
    const std::lock_guard lock(rows_mutex_);
    if (rows_.size() >= kMaxRows || !rows_.emplace(place, row).second) return;
    count_.store(rows_.size(), std::memory_order_relaxed);
    log_.error(sentence, {{"column", place}, {"row", row}, {"reason", why}});
    if (rows_.size() == kMaxRows)
        log_.error(
            "more rows that are set aside are not named: `postbell check` counts those that "
            "do not open");
}

void UnopenedRows::forget(std::string_view place, Id row) {
    if (count() == 0) return;
    const std::lock_guard lock(rows_mutex_);
    rows_.erase({place, row});
    count_.store(rows_.size(), std::memory_order_relaxed);
}

}  // namespace postbell::store
