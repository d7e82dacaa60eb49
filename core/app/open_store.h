// SPDX-License-Identifier: Apache-2.0
// From the config to an open store.
#pragma once
#include <memory>

#include "config/config.h"
#include "log/log.h"
#include "sqlite/open_store.h"
#include "store/master_key.h"
#include "store/store.h"
#include "util/clock.h"
#include "util/heartbeat.h"

namespace postbell::app {

/// Throws MasterKeyError with a sentence for the admin.
store::MasterKey masterKey(const config::SecretsConfig& secrets);

/// The database file that the config names.
std::filesystem::path databaseFile(const config::Config& config);

/// Throws StoreError with a sentence where an earlier start has left traces and no database: a new
/// one would have the gateway tell every mail server to end its subscriptions.
void refuseLostStore(const config::Config& config);

/// Opens the store; makes it where there never was one. Throws StoreError or MasterKeyError with a
/// sentence for the admin.
std::unique_ptr<store::Store> openStore(const config::Config& config, sqlite::StoreLock lock,
                                        const util::Clock& clock, log::Log& log,
                                        util::Heartbeats& heartbeats);

}  // namespace postbell::app
