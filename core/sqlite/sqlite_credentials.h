// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sqlite/database.h"
#include "store/credentials.h"

namespace postbell::sqlite {

class SqliteCredentials final : public Credentials {
  public:
    explicit SqliteCredentials(Database& database) : database_(database) {}

    Credential putCredential(const Credential& credential) override;
    std::vector<Credential> listCredentials(Id app) override;
    std::optional<Credential> findCredential(Id id) override;
    bool removeCredential(Id id) override;
    void saveGuard(Id credential, std::int64_t upload, Environment environment,
                   const GuardState& guard) override;
    void saveAuthorization(Id credential, std::int64_t upload,
                           const StoredAuthorization& authorization) override;

  private:
    Credential readCredential(const Query& query, bool with_sealed) const;

    Database& database_;
};

}  // namespace postbell::sqlite
