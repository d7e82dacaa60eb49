// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sqlite/connection.h"
#include "sqlite/words.h"

namespace postbell::sqlite {

/// The wake count is the column managed.asked.
class SqliteMailboxSignalRows final : public MailboxSignalRows {
  public:
    explicit SqliteMailboxSignalRows(Connection& connection) : connection_(connection) {}

    void setEnded(Id mailbox, util::WallTime at) override;
    void setRenewAsked(Id mailbox, util::WallTime at) override;
    void setNote(Id mailbox, std::string_view note) override;
    void wake(Id mailbox) override;
    void wakeServing(std::span<const Id> registrations) override;
    void wakeAllOfApp(Id app) override;

  private:
    Connection& connection_;
};

}  // namespace postbell::sqlite
