// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sqlite/connection.h"
#include "sqlite/words.h"

namespace postbell::sqlite {

class SqliteSubscriptionRows final : public SubscriptionRows {
  public:
    explicit SqliteSubscriptionRows(Connection& connection) : connection_(connection) {}

    std::optional<SubscriptionRow> find(std::string_view public_id) const override;
    std::optional<SubscriptionRow> find(Id registration) const override;
    void put(const SubscriptionRow& subscription) override;

  private:
    Connection& connection_;
};

/// The column registration.callback says which callback is adopted.
class SqliteCallbackRows final : public CallbackRows {
  public:
    explicit SqliteCallbackRows(Connection& connection) : connection_(connection) {}

    void insert(const CallbackRow& callback) override;
    void adoptNewest(Id registration) override;
    void removeOthers(Id registration) override;

  private:
    Connection& connection_;
};

}  // namespace postbell::sqlite
