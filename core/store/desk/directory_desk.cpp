// SPDX-License-Identifier: Apache-2.0
#include "store/desk/directory_desk.h"

#include "store/desk/app_record.h"
#include "store/desk/removal.h"
#include "store/records/list_text.h"
#include "store/seal/sealed_places.h"
#include "util/crypto.h"

namespace postbell::store {

namespace {

constexpr std::size_t kHashKeyBytes = 32;

}  // namespace

std::optional<Tenant> DirectoryDesk::addTenant(const std::string& name) {
    const std::string hash_key = util::randomBytes(kHashKeyBytes);
    std::optional<Id> id;
    database_.write([&](WriteContext& context) {
        TenantRows& tenants = context.tables.tenants();
        id = tenants.insert(name);
        if (id)
            tenants.putHashKey(*id,
                               database_.sealed(kHashKeyPlace, tenantRow(*id, name), hash_key));
    });
    if (!id) return std::nullopt;
    return Tenant{*id, name, hash_key};
}

Tenant DirectoryDesk::opened(TenantRow row) const {
    std::string hash_key =
        database_.opened(kHashKeyPlace, tenantRow(row.id, row.name), row.hash_key);
    return {row.id, std::move(row.name), std::move(hash_key)};
}

Tenant DirectoryDesk::openedIfItOpens(TenantRow row) const {
    try {
        return opened(row);
    } catch (const UnopenedRow&) {
        return {row.id, std::move(row.name), {}};
    }
}

std::vector<Tenant> DirectoryDesk::listTenants() {
    std::vector<Tenant> tenants;
    for (TenantRow& row :
         database_.read([](const Tables& tables) { return tables.tenants().list(); }))
        tenants.push_back(openedIfItOpens(std::move(row)));
    return tenants;
}

std::optional<Tenant> DirectoryDesk::findTenant(std::string_view name) {
    std::optional<TenantRow> row =
        database_.read([&](const Tables& tables) { return tables.tenants().find(name); });
    if (!row) return std::nullopt;
    return openedIfItOpens(*std::move(row));
}

std::optional<Tenant> DirectoryDesk::findTenant(Id id) {
    std::optional<TenantRow> row =
        database_.read([&](const Tables& tables) { return tables.tenants().find(id); });
    if (!row) return std::nullopt;
    return opened(*std::move(row));
}

bool DirectoryDesk::removeTenant(std::string_view name, const Removed& removed) {
    const std::optional<Tenant> tenant = findTenant(name);
    if (tenant) store::removeTenant(database_, tenant->id, removed);
    return tenant.has_value();
}

bool DirectoryDesk::removeApp(Id app, const Removed& removed) {
    if (!findApp(app)) return false;
    store::removeApp(database_, app, removed);
    return true;
}

std::optional<App> DirectoryDesk::addApp(const App& app, std::string_view enrolment_hash) {
    std::optional<Id> id;
    database_.write(
        [&](WriteContext& context) { id = context.tables.apps().insert(app, enrolment_hash); });
    return id ? findApp(*id) : std::nullopt;
}

std::vector<App> DirectoryDesk::listApps(Id tenant) {
    std::vector<App> apps;
    for (AppRow& row :
         database_.read([&](const Tables& tables) { return tables.apps().list(tenant); }))
        apps.push_back(appOf(std::move(row)));
    return apps;
}

std::optional<EnrolledApp> DirectoryDesk::findAppByEnrolment(std::string_view enrolment_hash) {
    std::optional<EnrolledAppRow> row = database_.read(
        [&](const Tables& tables) { return tables.apps().findByEnrolment(enrolment_hash); });
    if (!row) return std::nullopt;
    AppRow& app = *row;
    return EnrolledApp{appOf(std::move(app)), row->registers_until};
}

std::optional<App> DirectoryDesk::findApp(Id tenant, std::string_view name) {
    return appOf(
        database_.read([&](const Tables& tables) { return tables.apps().find(tenant, name); }));
}

std::optional<App> DirectoryDesk::findApp(Id id) {
    return appOf(database_.read([&](const Tables& tables) { return tables.apps().find(id); }));
}

std::vector<Environment> DirectoryDesk::deviceEnvironments(Id app) {
    return database_.read(
        [&](const Tables& tables) { return tables.devices().environmentsOf(app); });
}

void DirectoryDesk::setAppEnabled(Id app, bool enabled, util::WallTime now) {
    database_.write([&](WriteContext& context) {
        AppRows& apps = context.tables.apps();
        enabled ? apps.turnOn(app, now) : apps.turnOff(app);
        context.tables.mailboxSignals().wakeAllOfApp(app);
    });
    database_.apps().changed();
}

void DirectoryDesk::setPushSettings(
    Id app, const std::vector<std::pair<std::string, std::string>>& settings) {
    database_.write([&, text = settingsText(settings)](WriteContext& context) {
        context.tables.apps().setPushSettings(app, text);
    });
    database_.apps().changed();
}

std::int64_t DirectoryDesk::countRegistrations(Id app) {
    return database_.read(Reads::AllButPending, [&](const Tables& tables) {
        return tables.apps().countRegistrations(app);
    });
}

void DirectoryDesk::setStyle(Id app, Style style) {
    database_.write([&](WriteContext& context) { context.tables.apps().setStyle(app, style); });
    database_.apps().changed();
}

void DirectoryDesk::setEnrolmentHash(Id app, std::string_view enrolment_hash,
                                     util::WallTime old_register_until) {
    database_.write([&](WriteContext& context) {
        context.tables.apps().setEnrolmentHash(app, enrolment_hash, old_register_until);
    });
}

void DirectoryDesk::limitReplacedKeys(Id app, util::WallTime until) {
    database_.write(
        [&](WriteContext& context) { context.tables.apps().limitReplacedKeys(app, until); });
}

util::WallTime DirectoryDesk::replacedKeysRegisterUntil(Id app) {
    return database_.read(
        [&](const Tables& tables) { return tables.apps().replacedKeysRegisterUntil(app); });
}

TenantCallback DirectoryDesk::addTenantCallback(const NewTenantCallback& callback) {
    TenantCallback added{0, callback.tenant, callback.instance, callback.now,
                         !callback.secret.empty()};
    database_.write([&](WriteContext& context) {
        TenantCallbackRows& callbacks = context.tables.tenantCallbacks();
        added.id = callbacks.insert(callback);
        if (!added.has_secret) return;
        const SealedRow row =
            callbackRow(added.id, callback.tenant, callback.instance, callback.token_hash);
        callbacks.putSecret(added.id, database_.sealed(kCallbackSecretPlace, row, callback.secret));
    });
    return added;
}

std::vector<TenantCallback> DirectoryDesk::listTenantCallbacks(Id tenant) {
    return database_.read(
        [&](const Tables& tables) { return tables.tenantCallbacks().list(tenant); });
}

bool DirectoryDesk::removeTenantCallback(Id id) {
    bool found = false;
    database_.write(
        [&](WriteContext& context) { found = context.tables.tenantCallbacks().remove(id); });
    return found;
}

void DirectoryDesk::audit(const std::string& who, const std::string& what, util::WallTime now) {
    database_.write(
        [&](WriteContext& context) { context.tables.meta().insertAudit(now, who, what); });
}

std::vector<AuditLine> DirectoryDesk::listAudit(const AuditFilter& filter) {
    return database_.read(Reads::AllButPending,
                          [&](const Tables& tables) { return tables.meta().listAudit(filter); });
}

}  // namespace postbell::store
