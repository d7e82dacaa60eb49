// SPDX-License-Identifier: Apache-2.0
#include "store/desk/app_record.h"

#include <utility>

#include "store/records/list_text.h"

namespace postbell::store {

App appOf(AppRow row) {
    row.app.push_settings = parseSettings(row.push_settings);
    return std::move(row.app);
}

std::optional<App> appOf(std::optional<AppRow> row) {
    if (!row) return std::nullopt;
    return appOf(*std::move(row));
}

}  // namespace postbell::store
