// SPDX-License-Identifier: Apache-2.0
// From a place to an open store: the side of a database engine that the program sees.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "log/log.h"
#include "store/seal/sealer.h"
#include "store/store.h"
#include "util/clock.h"
#include "util/heartbeat.h"

namespace postbell::store {

/// The means to open a store. The clock, the log and the heartbeats outlive the store.
struct Opening {
    Sealer sealer;
    const util::Clock& clock;
    log::Log& log;
    /// The writer's thread beats them; null: nobody reads them.
    util::Heartbeats* heartbeats = nullptr;
};

/// The permission to open a store: one process has it.
class Permit {
  public:
    virtual ~Permit() = default;

    /// Opens the store, or makes it where there is none; the store holds the permission from now
    /// on. Called once. Throws StoreError with a sentence for the admin.
    virtual std::unique_ptr<Store> open(const Opening& opening) = 0;
};

/// Where a store is, open or not: the meaning of a `[store] url`.
class Place {
  public:
    virtual ~Place() = default;

    /// For messages: "/var/lib/postbell/postbell.db".
    virtual std::string name() const = 0;
    /// The gateway keeps files of its own under this path with a suffix, such as ".admin".
    virtual std::filesystem::path gatewayFiles() const = 0;
    /// Whether a database is there.
    virtual bool exists() const = 0;
    /// The files of this machine that the database consists of, there or not.
    virtual std::vector<std::filesystem::path> files() const = 0;
    /// The files that only an earlier start can have left. With them, a database that is not there
    /// is a loss.
    virtual std::vector<std::filesystem::path> traces() const = 0;
    /// Whether a process has the permission. Throws StoreError with a sentence if that cannot be
    /// told.
    virtual bool isHeld() const = 0;
    /// The process that had the permission last; 0: unknown.
    virtual std::int64_t holder() const = 0;
    /// Null: another process has it. Throws StoreError with a sentence for the admin.
    virtual std::unique_ptr<Permit> tryTake() const = 0;
};

}  // namespace postbell::store
