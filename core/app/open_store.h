// SPDX-License-Identifier: Apache-2.0
// From the config to an open store: the only part of the program that knows the database engine.
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "config/config.h"
#include "log/log.h"
#include "store/place.h"
#include "store/seal/master_key.h"
#include "store/store.h"
#include "util/clock.h"
#include "util/heartbeat.h"

namespace postbell::app {

/// Throws MasterKeyError with a sentence for the admin.
store::MasterKey masterKey(const config::Config& config);

/// Reads the config, and completes it where it depends on the store's place. The
/// gateway runs as the store's owner. Throws ConfigError: also where the store's url is none of
/// this engine's.
config::Config loadConfig(const std::filesystem::path& file);

/// The place that the config names.
std::shared_ptr<const store::Place> storePlace(const config::Config& config);

/// Throws StoreError with a sentence where an earlier start has left traces and no database: a new
/// one would have the gateway tell every mail server to end its subscriptions.
void refuseLostStore(const config::Config& config);

/// The permission to open the store that the config names: one process has it.
class StorePermit {
  public:
    /// Nothing: another process holds the store. Throws StoreError with a sentence for the admin.
    static std::optional<StorePermit> tryTake(const config::Config& config);
    /// Opens the store, which holds the permission from now on; makes it where there never was one.
    /// Throws StoreError or MasterKeyError with a sentence for the admin. The references outlive
    /// the store.
    std::unique_ptr<store::Store> open(const config::Config& config, const util::Clock& clock,
                                       log::Log& log, util::Heartbeats& heartbeats) &&;

  private:
    explicit StorePermit(std::unique_ptr<store::Permit> permit) : permit_(std::move(permit)) {}

    std::unique_ptr<store::Permit> permit_;
};

}  // namespace postbell::app
