// SPDX-License-Identifier: Apache-2.0
#include "store/registration_rows.h"

namespace postbell::store {

namespace {

constexpr std::size_t kHashBytes = 32;

constexpr std::string_view kApp = "a.tenant, a.name, t.name, a.platform, ";
constexpr std::string_view kNoApp = "0, '', '', '', ";
constexpr std::string_view kRegistration =
    "r.secret_hash, r.created_at, r.os_version, r.app_version, r.note, d.environment, r.instance, "
    "r.subscription_hash, r.folder_hash, r.reported_at, r.expires_at, r.expires_set_at, "
    "r.ended_at, r.renew_asked_at, r.retired, ";
constexpr std::string_view kSeen =
    "s.device_at, s.heard_at, s.event_at, s.push_at, s.nudged_at, s.outcome, ";
constexpr std::string_view kNoSeen = "0, 0, 0, 0, 0, '', ";
constexpr std::string_view kAppState = "a.enabled, a.enabled_at, ";
constexpr std::string_view kNoAppState = "0, 0, ";

// CROSS keeps the order: from the registration to what it belongs to.
constexpr std::string_view kDeviceJoin = " CROSS JOIN device d ON d.id = r.device ";
constexpr std::string_view kAppJoins =
    "CROSS JOIN app a ON a.id = d.app CROSS JOIN tenant t ON t.id = a.tenant ";
constexpr std::string_view kSeenJoin = "LEFT JOIN seen s ON s.registration = r.id ";

std::string select(std::string_view from, bool alone, std::string_view rest,
                   std::string_view more_columns) {
    std::string sql = "SELECT r.id, r.public_id, r.device, d.app, ";
    sql.append(alone ? kNoApp : kApp).append(kRegistration);
    sql.append(alone ? kNoSeen : kSeen).append(alone ? kNoAppState : kAppState);
    sql.append("d.dead_at, d.accounts, r.managed")
        .append(more_columns)
        .append(" FROM ")
        .append(from);
    sql.append(kDeviceJoin).append(alone ? "" : kAppJoins).append(alone ? "" : kSeenJoin);
    return sql.append(rest);
}

}  // namespace

std::string selectRegistrationFrom(std::string_view from, std::string_view rest,
                                   std::string_view more_columns) {
    return select(from, false, rest, more_columns);
}

std::string selectRegistrationAlone(std::string_view from, std::string_view rest,
                                    std::string_view more_columns) {
    return select(from, true, rest, more_columns);
}

std::string selectRegistration(std::string_view rest, std::string_view more_columns) {
    return selectRegistrationFrom("registration r", rest, more_columns);
}

Registration readRegistration(const Query& query) {
    int column = 0;
    const auto number = [&] { return query.number(column++); };
    const auto text = [&] { return query.text(column++); };
    Registration r;
    r.id = number();
    r.public_id = text();
    r.device = number();
    r.app = number();
    r.tenant = number();
    r.app_name = text();
    r.tenant_name = text();
    r.platform = text();
    r.secret_hash = text();
    r.created_at = number();
    r.os_version = text();
    r.app_version = text();
    r.note = text();
    r.environment = static_cast<Environment>(number());
    r.subscription.instance = text();
    r.subscription.id_hash = text();
    r.subscription.folder_hash = text();
    r.subscription.reported_at = number();
    r.subscription.expires_at = number();
    r.subscription.expires_set_at = number();
    r.subscription.ended_at = number();
    r.subscription.renew_asked_at = number();
    r.subscription.retired = splitHashes(text());
    r.seen.device_at = number();
    r.seen.heard_at = number();
    r.seen.event_at = number();
    r.seen.push_at = number();
    r.seen.nudged_at = number();
    r.seen.outcome = text();
    r.app_enabled = number() != 0;
    r.app_enabled_at = number();
    r.device_dead_at = number();
    r.accounts = static_cast<std::int32_t>(number());
    r.managed.id = number();
    return r;
}

std::vector<std::string> splitHashes(std::string_view bytes) {
    std::vector<std::string> hashes;
    for (; bytes.size() >= kHashBytes; bytes.remove_prefix(kHashBytes)) {
        hashes.emplace_back(bytes.substr(0, kHashBytes));
    }
    return hashes;
}

std::string retire(std::string_view retired, std::string_view id_hash) {
    constexpr std::size_t kMostBytes = 16 * kHashBytes;
    std::string all = std::string(retired).append(id_hash);
    if (all.size() > kMostBytes) all.erase(0, all.size() - kMostBytes);
    return all;
}

}  // namespace postbell::store
