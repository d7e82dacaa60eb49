// SPDX-License-Identifier: Apache-2.0
// Mailboxes whose subscription the gateway holds itself.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/records/records.h"
#include "store/records/store_error.h"

namespace postbell::store {

/// Thread-safe. Reads run on the calling thread. A blocking write returns when it is durable, and
/// must not be called on the writer's thread. Everything throws StoreError when the database fails.
class Mailboxes {
  public:
    virtual ~Mailboxes() = default;

    /// The due mailboxes of an instance, longest due first.
    virtual std::vector<ManagedMailbox> dueMailboxes(std::string_view instance, util::WallTime now,
                                                     std::size_t limit) = 0;
    virtual std::optional<ManagedMailbox> findMailbox(Id id) = 0;
    /// Makes those mailboxes of an instance due at once that waitsTooLong() is true of.
    virtual void wakeMisdatedMailboxes(std::string_view instance, util::WallTime now) = 0;
    /// Before the mail server learns of a callback: stores the callback's hashes, and forgets the
    /// mailbox's subscription and note. False: the mailbox is gone.
    virtual bool setMailboxCallback(Id id, std::string_view callback_hash,
                                    std::string_view proof_hash) = 0;
    /// Saves the result of a task. A wake-up meanwhile (`wake_count` has changed) makes the mailbox
    /// due at once.
    virtual void saveMailbox(const ManagedMailbox& mailbox) = 0;
    /// The same where the server notifies from now on: earlier events may have been lost, and the
    /// counts of the mailbox's registrations go out again.
    virtual void saveNotifyingMailbox(const ManagedMailbox& mailbox, util::WallTime now) = 0;
    /// The due mailboxes of an instance fail with this problem. Those that fail already stay as
    /// they are.
    virtual void failDueMailboxes(std::string_view instance, std::string_view problem,
                                  util::WallTime now) = 0;
    /// Takes that back: the due mailboxes of an instance that failed in no task of their own fail
    /// no longer.
    virtual void clearDueFailures(std::string_view instance, util::WallTime now) = 0;
    /// Removes the mailbox if it serves no registration.
    virtual void removeMailbox(Id id) = 0;
    virtual std::vector<MailboxTotals> countMailboxes() = 0;
    /// The subscriptions of this instance are kept no longer. Its mailboxes that fail with this
    /// problem already stay as they are.
    virtual void abandonMailboxes(const std::string& instance, const std::string& problem,
                                  util::WallTime now) = 0;
};

}  // namespace postbell::store
