// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sqlite/connection.h"
#include "sqlite/words.h"

namespace postbell::sqlite {

class SqliteRecipientReads final : public RecipientReads {
  public:
    explicit SqliteRecipientReads(Connection& connection) : connection_(connection) {}

    std::optional<CallbackTarget> findByCallback(std::string_view token_hash) const override;
    std::optional<SealedTarget> findTarget(Id registration) const override;
    std::vector<RecipientRow> servedBy(Id mailbox) const override;
    std::vector<RecipientRow> reportedBy(Id tenant, std::string_view instance,
                                         std::string_view id_hash,
                                         std::size_t limit) const override;
    void eachProven(Id tenant, std::string_view account_key, const Visit& visit) const override;

  private:
    Connection& connection_;
};

}  // namespace postbell::sqlite
