// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/records/basics.h"

namespace postbell::store {

struct Tenant {
    Id id = 0;
    std::string name;
    /// 32 bytes, opened. Empty: the tenant was found by its name or listed, and the key does not
    /// open.
    std::string hash_key;
};

struct App {
    Id id = 0;
    Id tenant = 0;
    std::string tenant_name;
    std::string name;      ///< bundle id or package
    std::string platform;  ///< "ios"
    Style style = Style::Badge;
    bool enabled = true;
    /// When it was last turned on again; subscriptions reported before count as replaced.
    util::WallTime enabled_at;
    /// Settings that the provider of its platform gets with each push, by name.
    std::vector<std::pair<std::string, std::string>> push_settings;
};

/// An app that has an enrolment key, which is the app's own or one that was replaced.
struct EnrolledApp : App {
    /// Of a replaced key: until when it makes new registrations. It renews those that there are for
    /// ever, since a phone keeps the copy of the app that it has.
    std::optional<util::WallTime> registers_until;
};

/// One URL on which a whole mail server notifies of a tenant's accounts.
struct TenantCallback {
    Id id = 0;
    Id tenant = 0;
    std::string instance;  ///< of the backend
    util::WallTime created_at;
    bool has_secret = false;  ///< for protocols that sign
};

struct NewTenantCallback {
    Id tenant = 0;
    std::string instance;
    std::string token_hash;
    std::string secret;  ///< stored sealed; empty: none
    util::WallTime now;
};

}  // namespace postbell::store
