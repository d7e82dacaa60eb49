// SPDX-License-Identifier: Apache-2.0
#include "sqlite/open_store.h"

#include <utility>

#include "sqlite/sqlite_engine.h"

namespace postbell::sqlite {

std::unique_ptr<store::Store> openStore(StoreLock lock, store::Sealer sealer,
                                        const util::Clock& clock, log::Log& log) {
    auto opened = std::make_unique<SqliteEngine>(std::move(lock), sealer);
    SqliteEngine& engine = *opened;
    auto store = std::make_unique<store::Store>(std::move(opened), std::move(sealer), clock, log);
    if (engine.file().isNew()) log.info("made a new store", {{"database", engine.name()}});
    engine.complete();
    return store;
}

}  // namespace postbell::sqlite
