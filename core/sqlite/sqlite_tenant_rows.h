// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sqlite/connection.h"
#include "sqlite/words.h"

namespace postbell::sqlite {

class SqliteTenantRows final : public TenantRows {
  public:
    explicit SqliteTenantRows(Connection& connection) : connection_(connection) {}

    std::vector<TenantRow> list() const override;
    std::optional<TenantRow> find(std::string_view name) const override;
    std::optional<TenantRow> find(Id id) const override;
    std::optional<Id> insert(std::string_view name) override;
    void putHashKey(Id id, std::string_view sealed_key) override;
    void remove(Id id) override;

  private:
    Connection& connection_;
};

class SqliteTenantCallbackRows final : public TenantCallbackRows {
  public:
    explicit SqliteTenantCallbackRows(Connection& connection) : connection_(connection) {}

    std::vector<TenantCallback> list(Id tenant) const override;
    std::optional<SealedTenantCallback> find(std::string_view token_hash) const override;
    Id insert(const NewTenantCallback& callback) override;
    void putSecret(Id id, std::string_view sealed_secret) override;
    bool remove(Id id) override;

  private:
    Connection& connection_;
};

}  // namespace postbell::sqlite
