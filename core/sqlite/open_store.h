// SPDX-License-Identifier: Apache-2.0
// The door of this engine: from a `[store] url` to an open store.
#pragma once
#include <memory>

#include "log/log.h"
#include "sqlite/store_lock.h"
#include "sqlite/store_url.h"
#include "store/sealer.h"
#include "store/store.h"
#include "util/clock.h"
#include "util/heartbeat.h"

namespace postbell::sqlite {

/// Opens the lock's database, or creates it. Throws StoreError with a sentence for the admin.
/// `clock`, `log` and `heartbeats`, which the writer's thread beats, must outlive the store.
std::unique_ptr<store::Store> openStore(StoreLock lock, store::Sealer sealer,
                                        const util::Clock& clock, log::Log& log,
                                        util::Heartbeats* heartbeats = nullptr);

}  // namespace postbell::sqlite
