// SPDX-License-Identifier: Apache-2.0
// Tenants and apps go, with all that is theirs.
#include <utility>
#include <vector>

#include "sqlite/devices.h"
#include "sqlite/sqlite_directory.h"

namespace postbell::sqlite {

namespace {

constexpr std::size_t kRemovedAtOnce = 200;

/// The statements that remove a tenant or an app; each is given its id.
struct Removal {
    const char* close_apps;
    const char* next_registrations;  ///< also given a limit
    const char* remove;
};

constexpr Removal kTenantRemoval = {
    "UPDATE app SET enabled = 0, enrolment_hash = NULL WHERE tenant = ?1",
    "SELECT r.id, r.device FROM app a JOIN device d ON d.app = a.id JOIN registration r ON "
    "r.device = d.id WHERE a.tenant = ?1 LIMIT ?2",
    "DELETE FROM tenant WHERE id = ?1"};
constexpr Removal kAppRemoval = {
    "UPDATE app SET enabled = 0, enrolment_hash = NULL WHERE id = ?1",
    "SELECT r.id, r.device FROM device d JOIN registration r ON r.device = d.id WHERE d.app = ?1 "
    "LIMIT ?2",
    "DELETE FROM app WHERE id = ?1"};

/// How many registrations were removed; the last slice is not full.
std::size_t removeSlice(Connection& connection, const Removal& removal, Id owner) {
    std::vector<std::pair<Id, Id>> slice;
    {
        Query query(connection, removal.next_registrations, owner, kRemovedAtOnce);
        while (query.next()) slice.emplace_back(query.number(0), query.number(1));
    }
    for (const auto& [registration, device] : slice) {
        eraseRegistration(connection, registration);
        refreshDevice(connection, device);
    }
    return slice.size();
}

void removeOwner(Database& database, const Removal& removal, Id owner) {
    database.write(
        [&](WriteContext& context) { Query(context.connection, removal.close_apps, owner).run(); });
    database.apps().changed();
    bool finished = false;
    while (!finished) {
        database.write([&](WriteContext& context) {
            finished = removeSlice(context.connection, removal, owner) < kRemovedAtOnce;
            if (finished) Query(context.connection, removal.remove, owner).run();
        });
    }
    database.apps().changed();
}

}  // namespace

bool SqliteDirectory::removeTenant(std::string_view name) {
    const std::optional<Tenant> tenant = findTenant(name);
    if (!tenant) return false;
    removeOwner(database_, kTenantRemoval, tenant->id);
    return true;
}

bool SqliteDirectory::removeApp(Id app) {
    if (!findApp(app)) return false;
    removeOwner(database_, kAppRemoval, app);
    return true;
}

}  // namespace postbell::sqlite
