// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sqlite/connection.h"
#include "sqlite/words.h"

namespace postbell::sqlite {

class SqliteSealedReads final : public SealedReads {
  public:
    explicit SqliteSealedReads(Connection& connection) : connection_(connection) {}

    std::size_t countRows() const override;
    std::vector<TenantSeals> tenants(Id after, std::size_t limit) const override;
    std::vector<CallbackSeals> callbacks(Id after, std::size_t limit) const override;
    std::vector<DeviceSeals> devices(Id after, std::size_t limit) const override;
    std::vector<MailboxSeals> mailboxes(Id after, std::size_t limit) const override;
    std::vector<CredentialSeals> credentials(Id after, std::size_t limit) const override;

  private:
    Connection& connection_;
};

}  // namespace postbell::sqlite
