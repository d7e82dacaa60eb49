// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sqlite/connection.h"
#include "sqlite/words.h"

namespace postbell::sqlite {

class SqliteLastCountRows final : public LastCountRows {
  public:
    explicit SqliteLastCountRows(Connection& connection) : connection_(connection) {}

    void set(Id registration, std::int32_t count) override;
    void addOf(std::span<const Id> devices) override;
    void removeOf(std::span<const Id> devices) override;

  private:
    Connection& connection_;
};

}  // namespace postbell::sqlite
