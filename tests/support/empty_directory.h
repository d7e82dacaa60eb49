// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/directory.h"

namespace postbell::testing {

/// A directory without tenants, apps and memory: the base of fakes, which add their own.
class EmptyDirectory : public store::Directory {
  public:
    std::optional<store::App> findApp(store::Id) override { return {}; }
    std::optional<store::Tenant> addTenant(const std::string&) override { return {}; }
    std::vector<store::Tenant> listTenants() override { return {}; }
    std::optional<store::Tenant> findTenant(std::string_view) override { return {}; }
    std::optional<store::Tenant> findTenant(store::Id) override { return {}; }
    bool removeTenant(std::string_view, const store::Removed&) override { return false; }
    bool removeApp(store::Id, const store::Removed&) override { return false; }
    std::optional<store::App> addApp(const store::App&, std::string_view) override { return {}; }
    std::optional<store::EnrolledApp> findAppByEnrolment(std::string_view) override { return {}; }
    std::vector<store::App> listApps(store::Id) override { return {}; }
    std::optional<store::App> findApp(store::Id, std::string_view) override { return {}; }
    std::vector<store::Environment> deviceEnvironments(store::Id) override { return {}; }
    void setAppEnabled(store::Id, bool, util::WallTime) override {}
    void setPushSettings(store::Id,
                         const std::vector<std::pair<std::string, std::string>>&) override {}
    std::int64_t countRegistrations(store::Id) override { return 0; }
    void setStyle(store::Id, store::Style) override {}
    void setEnrolmentHash(store::Id, std::string_view, util::WallTime) override {}
    void limitReplacedKeys(store::Id, util::WallTime) override {}
    util::WallTime replacedKeysRegisterUntil(store::Id) override { return {}; }
    store::TenantCallback addTenantCallback(const store::NewTenantCallback&) override { return {}; }
    std::vector<store::TenantCallback> listTenantCallbacks(store::Id) override { return {}; }
    bool removeTenantCallback(store::Id) override { return false; }
    void audit(const std::string&, const std::string&, util::WallTime) override {}
    std::vector<store::AuditLine> listAudit(const store::AuditFilter&) override { return {}; }
};

}  // namespace postbell::testing
