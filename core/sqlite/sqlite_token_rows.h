// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sqlite/connection.h"
#include "sqlite/words.h"

namespace postbell::sqlite {

class SqliteTokenRows final : public TokenRows {
  public:
    explicit SqliteTokenRows(Connection& connection) : connection_(connection) {}

    TokenState find(Id device) const override;
    void put(Id device, const TokenState& token) override;
    void prove(const TokenProof& proof) override;

  private:
    Connection& connection_;
};

}  // namespace postbell::sqlite
