// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sqlite/connection.h"
#include "sqlite/words.h"

namespace postbell::sqlite {

class SqliteRegistrationRows final : public RegistrationRows {
  public:
    explicit SqliteRegistrationRows(Connection& connection) : connection_(connection) {}

    std::optional<KnownRegistration> find(std::string_view public_id) const override;
    std::optional<KnownRegistration> findByDevice(const DeviceIdentity& device,
                                                  std::string_view account_key) const override;
    std::optional<KnownRegistration> findBySecret(Id app, std::string_view account_key,
                                                  std::string_view device_key,
                                                  std::string_view secret_hash) const override;
    std::vector<MovingRegistration> listMoving(Id from, Id to) const override;
    std::vector<RegistrationOnDevice> someOfTenant(Id tenant, std::size_t limit) const override;
    std::vector<RegistrationOnDevice> someOfApp(Id app, std::size_t limit) const override;
    Id insert(const NewRegistrationRow& registration) override;
    void renew(Id id, const RenewalRow& renewal) override;
    void move(Id from, Id to, std::string_view left_token_key) override;
    bool setVersions(std::string_view public_id, std::optional<std::string_view> os_version,
                     std::optional<std::string_view> app_version) override;
    bool setAccountProof(std::string_view public_id, AccountProof proof) override;
    void remove(std::span<const Id> ids) override;

  private:
    Connection& connection_;
};

}  // namespace postbell::sqlite
