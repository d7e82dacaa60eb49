// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sqlite/connection.h"
#include "sqlite/words.h"

namespace postbell::sqlite {

class SqliteMetaRows final : public MetaRows {
  public:
    explicit SqliteMetaRows(Connection& connection) : connection_(connection) {}

    std::optional<std::string> find(std::string_view name) const override;
    void put(std::string_view name, std::string_view value) override;
    void tryWrite() override;
    void insertAudit(util::WallTime at, std::string_view who, std::string_view what) override;
    std::vector<store::AuditLine> listAudit(const store::AuditFilter& filter) const override;

  private:
    Connection& connection_;
};

}  // namespace postbell::sqlite
