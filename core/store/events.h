// SPDX-License-Identifier: Apache-2.0
// An event's way through the store: from a callback to pending rows, pushes and settlements.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/records/records.h"
#include "store/records/store_error.h"

namespace postbell::store {

/// How the commit of a batch ended.
enum class CommitEnd {
    Durable,
    Failed,  ///< nothing of the batch is stored
};

/// The events and changes of one request, which become durable together.
struct Batch {
    std::vector<StagedEvent> events;
    std::vector<SubscriptionChange> changes;
    std::vector<MailboxChange> mailbox_changes;
    util::Trace trace = 0;  ///< of the notification; 0: the gateway's own doing
    /// Called on the writer's thread. Must not block.
    std::function<void(CommitEnd end)> done;
};

/// The sender of pending rows. Called on the writer's thread after a commit.
class PendingSink {
  public:
    virtual ~PendingSink() = default;
    /// The merged rows of that commit, in order, and the settlements that it made durable. A row of
    /// the same commit may have been merged before or after a settlement: the generations tell.
    virtual void committed(std::span<const Pending> rows, std::span<const Settlement> settled) = 0;
};

/// Thread-safe. Reads run on the calling thread. A blocking write returns when it is durable, and
/// must not be called on the writer's thread. Everything throws StoreError when the database fails.
class Events {
  public:
    virtual ~Events() = default;

    /// Nothing: the token is unknown or withdrawn. A callback whose sealed values do not open is a
    /// StoreError.
    virtual std::optional<Callback> findCallback(std::string_view token_hash) = 0;
    /// The tenant's registrations that reported the subscription of this id on the instance.
    virtual std::vector<Recipient> reportedBy(Id tenant, std::string_view instance,
                                              std::string_view id_hash) = 0;
    /// The tenant's registrations of the account, if an admin approved it, or a grant for this
    /// instance proved it. Another instance's grant says nothing of this instance's server.
    virtual std::vector<Recipient> provenFor(Id tenant, std::string_view instance,
                                             std::string_view account_key) = 0;
    /// Queues events and changes to be committed together. Order within a registration is that of
    /// the calls. An event with the dedup of one of the registration's last events changes nothing.
    virtual void stage(Batch batch) = 0;
    /// Queues the results of pushes. Tried again while the database cannot be written. One that it
    /// refuses alone is given up: its row stays pending, and the sink is not told.
    virtual void settle(const std::vector<Settlement>& settlements) = 0;
    /// A push reached the registration's device. Written in passing, and may be lost.
    virtual void tokenProven(Id registration, const TokenProof& proof) = 0;
    /// Nothing: the registration is gone.
    virtual std::optional<PushTarget> pushTarget(Id registration) = 0;
    /// All registrations of the device, for the badge.
    virtual std::vector<BadgeShare> badgeShares(Id device) = 0;
    /// Every pending row, oldest first: at start.
    virtual void eachPending(const std::function<void(const Pending&)>& visit) = 0;
    /// To be set before the first stage(). Null: none, and on return none is being called.
    virtual void setPendingSink(PendingSink* sink) = 0;
};

}  // namespace postbell::store
