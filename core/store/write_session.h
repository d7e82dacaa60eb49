// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "store/pending_rows.h"
#include "store/seen.h"
#include "store/settlement.h"

namespace postbell::store {

/// What a transaction has changed: few reads look at pending rows and last counts.
enum class Changed { PendingOnly, Anything };

/// A database engine's connection that writes: transactions, and the rows that an event's way
/// changes. All other writes are a desk's own, which uses the engine's connection inside the same
/// transactions (Write). Confined to the writer's thread. Throws StoreError, and DatabaseTrouble
/// where no other write would succeed either.
class WriteSession {
  public:
    virtual ~WriteSession() = default;

    /// Of the data that readers see: see StagedEvent.
    virtual std::uint64_t dataVersion() const = 0;

    virtual void begin() = 0;
    /// On return the transaction is durable, and every read that begins from then on sees it.
    virtual void commit(Changed changed) = 0;
    /// Nothing to do if the database has ended the transaction by itself.
    virtual void rollBack() = 0;
    /// A member of a group: if it fails, it alone is undone.
    virtual void beginMember() = 0;
    virtual void endMember() = 0;
    /// False: the database has ended the whole transaction by itself.
    virtual bool undoMember() = 0;

    virtual PendingRows& pending() = 0;
    virtual void write(const SubscriptionChange& change) = 0;
    virtual void write(const MailboxChange& change) = 0;
    virtual void writeNote(Id registration, const std::string& note) = 0;
    /// Nothing: the registration is gone.
    virtual std::optional<Seen> findSeen(Id registration) = 0;
    virtual void putSeen(Id registration, const Seen& seen) = 0;

    /// Upkeep between transactions, where no event waits for it.
    virtual void tidy() = 0;
};

}  // namespace postbell::store
