// SPDX-License-Identifier: Apache-2.0
// Mailboxes whose subscription the gateway holds itself.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/records.h"
#include "store/store_error.h"

namespace postbell::store {

/// Thread-safe. Reads run on the calling thread. A blocking write returns when it is durable, and
/// must not be called on the writer's thread. Everything throws StoreError when the database fails.
class Mailboxes {
  public:
    virtual ~Mailboxes() = default;

    /// Due ones of an instance, longest due first.
    virtual std::vector<ManagedMailbox> managedDue(std::string_view instance, std::int64_t now_ms,
                                                   std::size_t limit) = 0;
    virtual std::optional<ManagedMailbox> findManaged(Id id) = 0;
    /// Before the mail server is told a callback: what it calls from now on, and that no
    /// subscription is known, nor a note. False: the mailbox is gone.
    virtual bool setManagedCallback(Id id, std::string_view callback_hash,
                                    std::string_view proof_hash) = 0;
    /// What a task came to. Somebody who asked meanwhile (`asked`) makes it due at once. `anew`:
    /// the server notifies from now on, and events may have been lost before; its registrations'
    /// counts go out again.
    virtual void saveManaged(const ManagedMailbox& mailbox, bool anew, std::int64_t now_ms) = 0;
    /// If no registration is left.
    virtual void removeManaged(Id id) = 0;
    virtual std::vector<ManagedCount> countManaged() = 0;
    /// Nobody keeps the subscriptions of this instance any more. Those of its mailboxes that fail
    /// already stay as they are.
    virtual void abandonManaged(const std::string& instance, const std::string& problem,
                                std::int64_t now_ms) = 0;
};

}  // namespace postbell::store
