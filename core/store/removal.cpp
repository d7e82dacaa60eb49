// SPDX-License-Identifier: Apache-2.0
// Tenants and apps go, with all that is theirs.
#include <vector>

#include "store/devices.h"
#include "store/directory_desk.h"

namespace postbell::store {

namespace {

constexpr std::size_t kRemovedAtOnce = 200;

struct TenantRemoval {
    Id tenant;

    void close(Tables& tables) const { tables.apps().closeAllOf(tenant); }
    std::vector<RegistrationOnDevice> some(Tables& tables) const {
        return tables.registrations().someOfTenant(tenant, kRemovedAtOnce);
    }
    void finish(Tables& tables) const { tables.tenants().remove(tenant); }
};

struct AppRemoval {
    Id app;

    void close(Tables& tables) const { tables.apps().close(app); }
    std::vector<RegistrationOnDevice> some(Tables& tables) const {
        return tables.registrations().someOfApp(app, kRemovedAtOnce);
    }
    void finish(Tables& tables) const { tables.apps().remove(app); }
};

/// How many registrations were removed; the last slice is not full.
std::size_t removeSlice(Tables& tables, const std::vector<RegistrationOnDevice>& slice) {
    for (const auto& [registration, device] : slice) {
        eraseRegistration(tables, registration);
        refreshDevice(tables.devices(), device);
    }
    return slice.size();
}

template <class Removal>
void removeAll(Database& database, const Removal& removal) {
    database.write([&](WriteContext& context) { removal.close(context.tables); });
    database.apps().changed();
    bool finished = false;
    while (!finished) {
        database.write([&](WriteContext& context) {
            Tables& tables = context.tables;
            finished = removeSlice(tables, removal.some(tables)) < kRemovedAtOnce;
            if (finished) removal.finish(tables);
        });
    }
    database.apps().changed();
}

}  // namespace

bool DirectoryDesk::removeTenant(std::string_view name) {
    const std::optional<Tenant> tenant = findTenant(name);
    if (!tenant) return false;
    removeAll(database_, TenantRemoval{tenant->id});
    return true;
}

bool DirectoryDesk::removeApp(Id app) {
    if (!findApp(app)) return false;
    removeAll(database_, AppRemoval{app});
    return true;
}

}  // namespace postbell::store
