// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "store/desk/database.h"
#include "store/mailboxes.h"

namespace postbell::store {

/// The desk of the scheduler of managed subscriptions.
class MailboxesDesk final : public Mailboxes {
  public:
    explicit MailboxesDesk(Database& database) : database_(database) {}

    std::vector<ManagedMailbox> dueMailboxes(std::string_view instance, util::WallTime now,
                                             std::size_t limit) override;
    std::optional<ManagedMailbox> findMailbox(Id id) override;
    void wakeMisdatedMailboxes(std::string_view instance, util::WallTime now) override;
    bool setMailboxCallback(Id id, std::string_view callback_hash,
                            std::string_view proof_hash) override;
    void saveMailbox(const ManagedMailbox& mailbox) override;
    void saveNotifyingMailbox(const ManagedMailbox& mailbox, util::WallTime now) override;
    void failDueMailboxes(std::string_view instance, std::string_view problem,
                          util::WallTime now) override;
    void clearDueFailures(std::string_view instance, util::WallTime now) override;
    void removeMailbox(Id id) override;
    std::vector<MailboxTotals> countMailboxes() override;
    void abandonMailboxes(const std::string& instance, const std::string& problem,
                          util::WallTime now) override;

  private:
    ManagedMailbox opened(SealedMailbox mailbox);
    void setAside(Id id, util::WallTime now);
    /// False: the mailbox is gone.
    bool save(WriteContext& context, const ManagedMailbox& mailbox) const;

    Database& database_;
};

}  // namespace postbell::store
