// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "store/desk/database.h"
#include "store/registrations.h"

namespace postbell::store {

class RegistrationsDesk final : public Registrations {
  public:
    explicit RegistrationsDesk(Database& database) : database_(database) {}

    Registered registerDevice(const NewRegistration& incoming) override;
    std::optional<Registration> findRegistration(std::string_view public_id) override;
    std::optional<Registration> findRegistration(Id id) override;
    ReportResult report(std::string_view public_id, const Report& report) override;
    TokenChanged changeToken(std::string_view public_id, const TokenChange& change) override;
    std::optional<std::string> findDeviceToken(Id registration) override;
    /// An empty version leaves the known one.
    bool changeVersions(std::string_view public_id, std::optional<std::string_view> os_version,
                        std::optional<std::string_view> app_version) override;
    bool approveAccount(std::string_view public_id) override;
    bool removeRegistration(std::string_view public_id) override;
    std::size_t removeUnchanged(const std::vector<Registration>& registrations) override;
    std::vector<Registration> listRegistrations(Id after, std::size_t limit, Id tenant,
                                                Id app) override;
    std::vector<Registration> findRegistrationsByAccount(Id tenant,
                                                         std::string_view account_key) override;
    std::int64_t countRegistrations() override;
    std::int64_t countUnheard(std::string_view instance, util::WallTime before) override;

  private:
    /// As the app vouches for it.
    struct VouchedToken {
        const std::string& token;
        util::WallTime now;
        const std::string& origin;
        util::WallTime token_expires_at;
    };
    Id putDevice(Tables& tables, const DeviceIdentity& identity, const VouchedToken& vouched);
    void serveMailbox(WriteContext& context, Id registration, const NewRegistration& incoming);
    std::optional<Registration> complete(std::optional<RegistrationRow> row) const;

    Database& database_;
};

}  // namespace postbell::store
