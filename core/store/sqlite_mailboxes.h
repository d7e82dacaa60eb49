// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "store/database.h"
#include "store/mailboxes.h"

namespace postbell::store {

class SqliteMailboxes : public virtual Mailboxes {
  public:
    explicit SqliteMailboxes(Database& database) : database_(database) {}

    std::vector<ManagedMailbox> managedDue(std::string_view instance, std::int64_t now_ms,
                                           std::size_t limit) override;
    std::optional<ManagedMailbox> findManaged(Id id) override;
    bool setManagedCallback(Id id, std::string_view callback_hash,
                            std::string_view proof_hash) override;
    void saveManaged(const ManagedMailbox& mailbox, bool anew, std::int64_t now_ms) override;
    void removeManaged(Id id) override;
    std::vector<ManagedCount> countManaged() override;
    void abandonManaged(const std::string& instance, const std::string& problem,
                        std::int64_t now_ms) override;

  private:
    ManagedMailbox readManaged(const Query& query) const;

    Database& database_;
};

}  // namespace postbell::store
