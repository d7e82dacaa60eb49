// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "store/rows/tables.h"

namespace postbell::store {

/// The kind of rows that a transaction has changed: few reads look at pending rows and last counts.
enum class Changed { PendingOnly, Anything };

/// A database engine's connection that writes. All but dataVersion() is confined to the writer's
/// thread. Throws StoreError, and DatabaseTrouble where no other write would succeed either.
class WriteSession {
  public:
    virtual ~WriteSession() = default;

    /// Goes up with each commit of Changed::Anything, before an answer tells of it; never 0:
    /// rows that were read at a version are unchanged while the version stays. Thread-safe.
    virtual std::uint64_t dataVersion() const = 0;

    virtual void begin() = 0;
    /// On return the transaction is durable, and every read that begins from then on sees it.
    /// False: there was nothing to write.
    virtual bool commit(Changed changed) = 0;
    /// Nothing to do if the database has ended the transaction by itself.
    virtual void rollBack() = 0;
    /// A member of a group: if it fails, it alone is undone.
    virtual void beginMember() = 0;
    virtual void endMember() = 0;
    /// False: the database has ended the whole transaction by itself.
    virtual bool undoMember() = 0;

    /// To be used inside a transaction. Rows that were read there stay until its end.
    virtual Tables& tables() = 0;

    /// Upkeep between transactions, where no event waits for it.
    virtual void tidy() = 0;
};

}  // namespace postbell::store
