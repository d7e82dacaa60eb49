// SPDX-License-Identifier: Apache-2.0
#include "sqlite/open_store.h"

#include <utility>

#include "sqlite/sqlite_store.h"

namespace postbell::sqlite {

std::unique_ptr<store::Store> openStore(StoreLock lock, store::Sealer sealer,
                                        const util::Clock& clock, log::Log& log,
                                        util::Heartbeats* heartbeats) {
    return std::make_unique<SqliteStore>(std::move(lock), std::move(sealer), clock, log,
                                         heartbeats);
}

}  // namespace postbell::sqlite
