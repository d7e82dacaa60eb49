// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sqlite/connection.h"
#include "sqlite/words.h"

namespace postbell::sqlite {

class SqliteMailboxRows final : public MailboxRows {
  public:
    explicit SqliteMailboxRows(Connection& connection) : connection_(connection) {}

    std::vector<SealedMailbox> listDue(std::string_view instance, util::WallTime now,
                                       std::size_t limit) const override;
    std::optional<SealedMailbox> find(Id id) const override;
    void wakeMisdated(std::string_view instance, util::WallTime now) override;
    MailboxState stateOf(Id id) const override;
    std::optional<NotifiedMailbox> findByCallback(std::string_view callback_hash) const override;
    std::optional<MailboxSignals> signalsOf(Id id) const override;
    std::vector<Id> liveRegistrations(Id id) const override;
    std::vector<MailboxTotals> count() const override;
    Entry findOrInsert(std::string_view instance, std::string_view key) override;
    void putMailbox(Id id, std::string_view sealed_mailbox) override;
    void setAside(Id id, std::string_view problem, util::WallTime now,
                  util::WallTime due_at) override;
    bool setCallback(Id id, std::string_view callback_hash, std::string_view proof_hash) override;
    void failDue(std::string_view instance, std::string_view problem, util::WallTime now) override;
    void clearDueFailures(std::string_view instance, util::WallTime now) override;
    void putTask(Id id, const MailboxTaskRow& task) override;
    void remove(Id id) override;
    void removeIdle(std::string_view instance) override;
    void refuseAll(std::string_view instance, std::string_view problem,
                   util::WallTime now) override;

  private:
    Connection& connection_;
};

}  // namespace postbell::sqlite
