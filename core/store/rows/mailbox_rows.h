// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/records/mailbox.h"

namespace postbell::store {

/// A mailbox whose two values are sealed still.
struct SealedMailbox {
    ManagedMailbox row;
    std::string key;  ///< that it is looked up by
};

/// The state that a task of the mailbox must look at when it ends, beside its own result.
struct MailboxSignals {
    std::string key;
    util::WallTime ended_at, renew_asked_at;
    std::string note;
    std::int64_t wake_count = 0;
};

/// The columns that the end of a task writes.
struct MailboxTaskRow {
    std::string subscription;  ///< sealed; empty: none
    std::string subscription_hash;
    util::WallTime expires_at, renew_at, due_at, failed_at;
    std::uint32_t attempts = 0;
    bool refused = false;
    std::string problem;
    util::WallTime ended_at, renew_asked_at;
    std::string note;
};

/// Behind a callback.
struct NotifiedMailbox {
    Id id = 0;
    std::string instance, proof_hash, subscription_hash;
};

class MailboxRows {
  public:
    virtual ~MailboxRows() = default;

    /// See Mailboxes::dueMailboxes().
    virtual std::vector<SealedMailbox> listDue(std::string_view instance, util::WallTime now,
                                               std::size_t limit) const = 0;
    virtual std::optional<SealedMailbox> find(Id id) const = 0;
    /// Makes those due at `now` that waitsTooLong() is true of, in the engine's own language.
    virtual void wakeMisdated(std::string_view instance, util::WallTime now) = 0;
    /// Id 0: the mailbox is gone.
    virtual MailboxState stateOf(Id id) const = 0;
    virtual std::optional<NotifiedMailbox> findByCallback(std::string_view callback_hash) const = 0;
    virtual std::optional<MailboxSignals> signalsOf(Id id) const = 0;
    /// The registrations that it serves for which Recipient::isServed() is true, in the engine's
    /// own language; ManagedMailbox::live is their number.
    virtual std::vector<Id> liveRegistrations(Id id) const = 0;
    virtual std::vector<MailboxTotals> count() const = 0;

    struct Entry {
        Id id = 0;
        bool subscribed = false;
    };
    /// The instance's mailbox of this key. One that is new is made without its name, which follows
    /// in the same transaction.
    virtual Entry findOrInsert(std::string_view instance, std::string_view key) = 0;
    virtual void putMailbox(Id id, std::string_view sealed_mailbox) = 0;
    /// Due at `due_at`, and failing with this problem; an earlier time of failure stays.
    virtual void setAside(Id id, std::string_view problem, util::WallTime now,
                          util::WallTime due_at) = 0;
    /// Forgets the subscription and the note. False: the mailbox is gone.
    virtual bool setCallback(Id id, std::string_view callback_hash,
                             std::string_view proof_hash) = 0;
    /// See Mailboxes::failDueMailboxes().
    virtual void failDue(std::string_view instance, std::string_view problem,
                         util::WallTime now) = 0;
    /// See Mailboxes::clearDueFailures().
    virtual void clearDueFailures(std::string_view instance, util::WallTime now) = 0;
    virtual void putTask(Id id, const MailboxTaskRow& task) = 0;
    /// If it serves no registration.
    virtual void remove(Id id) = 0;
    /// The mailboxes of the instance that serve no registration.
    virtual void removeIdle(std::string_view instance) = 0;
    /// refused() of the instance's mailboxes, in the engine's own language, and forgets their
    /// callbacks.
    virtual void refuseAll(std::string_view instance, std::string_view problem,
                           util::WallTime now) = 0;
};

}  // namespace postbell::store
