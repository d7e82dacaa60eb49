// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sqlite/database.h"
#include "store/registrations.h"

namespace postbell::sqlite {

class SqliteRegistrations final : public Registrations {
  public:
    explicit SqliteRegistrations(Database& database) : database_(database) {}

    Registered registerDevice(const NewRegistration& incoming) override;
    std::optional<Registration> findRegistration(std::string_view public_id) override;
    std::optional<Registration> findRegistration(Id id) override;
    ReportResult report(std::string_view public_id, const Report& report) override;
    bool changeToken(std::string_view public_id, const TokenChange& change) override;
    /// An empty version leaves the known one.
    bool changeVersions(std::string_view public_id, const std::string& os_version,
                        const std::string& app_version) override;
    bool approveAccount(std::string_view public_id) override;
    bool removeRegistration(std::string_view public_id) override;
    std::vector<Registration> listRegistrations(Id after, std::size_t limit, Id tenant,
                                                Id app) override;
    std::vector<Registration> findRegistrationsByAccount(Id tenant,
                                                         std::string_view account_key) override;
    std::int64_t countRegistrations() override;

  private:
    std::optional<Registration> first(std::vector<RegistrationRow> rows);

    Database& database_;
};

}  // namespace postbell::sqlite
