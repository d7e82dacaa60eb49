// SPDX-License-Identifier: Apache-2.0
#include "store/desk/removal.h"

#include <algorithm>
#include <span>

#include "store/rules/devices.h"

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
    std::vector<Id> registrations, devices;
    for (const auto& [registration, device] : slice) {
        registrations.push_back(registration);
        devices.push_back(device);
    }
    eraseRegistrations(tables, registrations);
    refreshDevices(tables, devices);
    return slice.size();
}

template <class Removal>
void removeAll(Database& database, const Removal& removal, const Removed& removed) {
    database.write([&](WriteContext& context) { removal.close(context.tables); });
    database.apps().changed();
    std::size_t all = 0;
    std::size_t some = 0;
    do {
        database.write([&](WriteContext& context) {
            Tables& tables = context.tables;
            some = removeSlice(tables, removal.some(tables));
            if (some < kRemovedAtOnce) removal.finish(tables);
        });
        all += some;
        if (removed && some == kRemovedAtOnce) removed(all);
    } while (some == kRemovedAtOnce);
    database.apps().changed();
}

/// The registration, if nothing came that its removal would undo.
std::optional<RegistrationOnDevice> unchanged(Tables& tables, const Registration& read) {
    const std::optional<KnownRegistration> known = tables.registrations().find(read.public_id);
    if (!known || known->secret_hash != read.secret_hash ||
        known->account_proof != read.account_proof)
        return std::nullopt;
    const std::optional<SubscriptionRow> now = tables.subscriptions().find(known->id);
    if (!now || now->reported_at != read.subscription.reported_at || now->mailbox != read.mailbox)
        return std::nullopt;
    return RegistrationOnDevice{known->id, known->device};
}

}  // namespace

std::size_t removeUnchanged(Database& database, const std::vector<Registration>& registrations) {
    std::size_t removed = 0;
    std::span<const Registration> left(registrations);
    while (!left.empty()) {
        const auto some = left.first(std::min(left.size(), kRemovedAtOnce));
        left = left.subspan(some.size());
        std::size_t count = 0;
        database.write([&](WriteContext& context) {
            std::vector<RegistrationOnDevice> slice;
            for (const Registration& read : some)
                if (const auto found = unchanged(context.tables, read)) slice.push_back(*found);
            count = removeSlice(context.tables, slice);
        });
        removed += count;
    }
    return removed;
}

void removeTenant(Database& database, Id tenant, const Removed& removed) {
    removeAll(database, TenantRemoval{tenant}, removed);
}

void removeApp(Database& database, Id app, const Removed& removed) {
    removeAll(database, AppRemoval{app}, removed);
}

}  // namespace postbell::store
