// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <memory>

#include "sqlite/sqlite_place.h"
#include "support/store_fixture.h"

namespace postbell::store {

/// A store in a file of SQLite's, for tests that look at the file.
class SqliteFixture : public StoreFixture {
  public:
    std::filesystem::path file() const { return place().files().front(); }
    /// Opens the store in another file.
    std::unique_ptr<Store> openFile(const std::filesystem::path& other,
                                    const Sealer& sealer = Sealer(testKey())) {
        const auto place = sqlite::sqlitePlace("sqlite://" + other.string()).value();
        return place->tryTake()->open({sealer, clock(), log()});
    }
};

}  // namespace postbell::store
