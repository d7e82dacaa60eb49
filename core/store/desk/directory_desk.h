// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "store/desk/database.h"
#include "store/directory.h"

namespace postbell::store {

class DirectoryDesk final : public Directory {
  public:
    explicit DirectoryDesk(Database& database) : database_(database) {}

    std::optional<EnrolledApp> findAppByEnrolment(std::string_view enrolment_hash) override;
    std::optional<Tenant> addTenant(const std::string& name) override;
    std::vector<Tenant> listTenants() override;
    std::optional<Tenant> findTenant(std::string_view name) override;
    std::optional<Tenant> findTenant(Id id) override;
    bool removeTenant(std::string_view name, const Removed& removed) override;
    bool removeApp(Id app, const Removed& removed) override;
    std::optional<App> addApp(const App& app, std::string_view enrolment_hash) override;
    std::vector<App> listApps(Id tenant) override;
    std::optional<App> findApp(Id tenant, std::string_view name) override;
    std::optional<App> findApp(Id id) override;
    std::vector<Environment> deviceEnvironments(Id app) override;
    void setAppEnabled(Id app, bool enabled, util::WallTime now) override;
    void setPushSettings(Id app,
                         const std::vector<std::pair<std::string, std::string>>& settings) override;
    std::int64_t countRegistrations(Id app) override;
    void setStyle(Id app, Style style) override;
    void setEnrolmentHash(Id app, std::string_view enrolment_hash,
                          util::WallTime old_register_until) override;
    void limitReplacedKeys(Id app, util::WallTime until) override;
    util::WallTime replacedKeysRegisterUntil(Id app) override;
    TenantCallback addTenantCallback(const NewTenantCallback& callback) override;
    std::vector<TenantCallback> listTenantCallbacks(Id tenant) override;
    bool removeTenantCallback(Id id) override;
    void audit(const std::string& who, const std::string& what, util::WallTime now) override;
    std::vector<AuditLine> listAudit(const AuditFilter& filter) override;

  private:
    Tenant opened(TenantRow row) const;
    Tenant openedIfItOpens(TenantRow row) const;

    Database& database_;
};

}  // namespace postbell::store
