// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sqlite/connection.h"
#include "sqlite/words.h"

namespace postbell::sqlite {

class SqliteSeenRows final : public SeenRows {
  public:
    explicit SqliteSeenRows(Connection& connection) : connection_(connection) {}

    std::optional<Seen> find(Id registration) const override;
    void put(Id registration, const Seen& seen) override;

  private:
    Connection& connection_;
};

}  // namespace postbell::sqlite
