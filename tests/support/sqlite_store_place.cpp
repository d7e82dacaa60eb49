// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_place.h"
#include "support/store_place.h"

namespace postbell::testing {

std::shared_ptr<const store::Place> storePlaceIn(const std::filesystem::path& folder) {
    return sqlite::sqlitePlace("sqlite://" + (folder / "postbell.db").string()).value();
}

}  // namespace postbell::testing
