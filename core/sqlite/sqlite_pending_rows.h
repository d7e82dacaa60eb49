// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sqlite/connection.h"
#include "sqlite/words.h"

namespace postbell::sqlite {

/// The SQL behind the rules of events.
class SqlitePendingRows final : public PendingRows {
  public:
    explicit SqlitePendingRows(Connection& connection) : connection_(connection) {}

    std::int64_t newestGeneration() const override;
    StoredPending find(Id registration) const override;
    std::optional<Pending> findWithDevice(Id registration) const override;
    void each(const std::function<void(const Pending&)>& visit) const override;
    void put(const StoredPending& pending) override;
    void update(const PendingRow& row) override;
    void remove(Id registration) override;
    bool removeEmptiedByMail(Id registration, std::int64_t sent) override;
    bool removeEmptiedByCheck(Id registration, std::int64_t sent) override;
    void removeAllOfDevice(Id device) override;
    std::optional<Id> deviceOf(Id registration) const override;

  private:
    Connection& connection_;
};

}  // namespace postbell::sqlite
