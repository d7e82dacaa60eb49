// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "store/desk/database.h"
#include "store/desk/recent_targets.h"
#include "store/events.h"
#include "store/seal/hash_keys.h"

namespace postbell::store {

class EventsDesk final : public Events {
  public:
    explicit EventsDesk(Database& database) : database_(database) {}

    std::optional<Callback> findCallback(std::string_view token_hash) override;
    std::vector<Recipient> reportedBy(Id tenant, std::string_view instance,
                                      std::string_view id_hash) override;
    std::vector<Recipient> provenFor(Id tenant, std::string_view instance,
                                     std::string_view account_key) override;
    void stage(Batch batch) override;
    void settle(const std::vector<Settlement>& settlements) override;
    void tokenProven(Id registration, const TokenProof& proof) override;
    std::optional<PushTarget> pushTarget(Id registration) override;
    std::vector<BadgeShare> badgeShares(Id device) override;
    void eachPending(const std::function<void(const Pending&)>& visit) override;
    void setPendingSink(PendingSink* sink) override;

  private:
    std::optional<Callback> registrationCallback(CallbackTarget found, std::uint64_t data_version);
    Callback mailboxCallback(ServedMailbox found) const;
    Callback serverCallback(SealedTenantCallback found, std::string_view token_hash);
    std::optional<SealedTarget> findTarget(Id registration, MailboxState& mailbox_state);

    Database& database_;
    RecentTargets recent_;
    HashKeys hash_keys_;
};

}  // namespace postbell::store
