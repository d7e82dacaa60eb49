// SPDX-License-Identifier: Apache-2.0
// Tenants, their apps, and the audit of the changes that admins make.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/records/audit.h"
#include "store/records/records.h"
#include "store/records/store_error.h"

namespace postbell::store {

/// Called between two commits of a long removal, with the registrations that have gone so far. By
/// throwing it ends the removal there, and another removal goes on with the rest.
using Removed = std::function<void(std::size_t registrations)>;

/// Thread-safe. Reads run on the calling thread. A blocking write returns when it is durable, and
/// must not be called on the writer's thread. Everything throws StoreError when the database fails.
class Directory {
  public:
    virtual ~Directory() = default;

    /// Nothing: the name is taken.
    virtual std::optional<Tenant> addTenant(const std::string& name) = 0;
    /// For admins, who can list and remove a tenant whose key does not open.
    virtual std::vector<Tenant> listTenants() = 0;
    virtual std::optional<Tenant> findTenant(std::string_view name) = 0;
    /// For those who need the key. Throws UnopenedRow.
    virtual std::optional<Tenant> findTenant(Id id) = 0;
    /// With its apps, credentials, devices and registrations.
    virtual bool removeTenant(std::string_view name, const Removed& removed) = 0;
    /// Nothing: the tenant has an app of this name.
    virtual std::optional<App> addApp(const App& app, std::string_view enrolment_hash) = 0;
    /// With its credentials, devices and registrations. False: no such app.
    virtual bool removeApp(Id app, const Removed& removed) = 0;
    virtual std::optional<EnrolledApp> findAppByEnrolment(std::string_view enrolment_hash) = 0;
    virtual std::vector<App> listApps(Id tenant = 0) = 0;
    virtual std::optional<App> findApp(Id tenant, std::string_view name) = 0;
    virtual std::optional<App> findApp(Id id) = 0;
    /// The environments of the app's living devices.
    virtual std::vector<Environment> deviceEnvironments(Id app) = 0;
    virtual void setAppEnabled(Id app, bool enabled, util::WallTime now) = 0;
    /// Replaces the app's settings; its next push goes out with the new ones.
    virtual void setPushSettings(
        Id app, const std::vector<std::pair<std::string, std::string>>& settings) = 0;
    virtual std::int64_t countRegistrations(Id app) = 0;
    virtual void setStyle(Id app, Style style) = 0;
    /// Replaces the enrolment key: see EnrolledApp. No older key makes new registrations for
    /// longer. A time that is not set is past on every clock.
    virtual void setEnrolmentHash(Id app, std::string_view enrolment_hash,
                                  util::WallTime old_register_until) = 0;
    /// Replaced keys of the app make new registrations until then at most; not set: no more.
    virtual void limitReplacedKeys(Id app, util::WallTime until) = 0;
    /// Until when the last of them does; not set: no key was replaced.
    virtual util::WallTime replacedKeysRegisterUntil(Id app) = 0;
    /// A second callback of the same instance replaces none: each is served until it is removed.
    virtual TenantCallback addTenantCallback(const NewTenantCallback& callback) = 0;
    virtual std::vector<TenantCallback> listTenantCallbacks(Id tenant = 0) = 0;
    virtual bool removeTenantCallback(Id id) = 0;
    virtual void audit(const std::string& who, const std::string& what, util::WallTime now) = 0;
    /// The newest first.
    virtual std::vector<AuditLine> listAudit(const AuditFilter& filter) = 0;
};

}  // namespace postbell::store
