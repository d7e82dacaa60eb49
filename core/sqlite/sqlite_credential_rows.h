// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sqlite/connection.h"
#include "sqlite/words.h"

namespace postbell::sqlite {

class SqliteCredentialRows final : public CredentialRows {
  public:
    explicit SqliteCredentialRows(Connection& connection) : connection_(connection) {}

    std::vector<CredentialRow> list(Id app) const override;
    std::optional<CredentialRow> find(Id id) const override;
    std::optional<ReplacedUpload> findReplaced(const CredentialSlot& slot) const override;
    Id insert(const CredentialSlot& slot) override;
    void putUpload(Id id, const UploadRow& upload) override;
    std::optional<std::string> findGuards(Id id, std::int64_t upload) const override;
    void putGuards(Id id, std::string_view guards) override;
    void putAuthorization(Id id, const AuthorizationRow& authorization) override;
    bool remove(Id id) override;

  private:
    Connection& connection_;
};

}  // namespace postbell::sqlite
