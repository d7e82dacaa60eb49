// SPDX-License-Identifier: Apache-2.0
#include "sqlite/registration_columns.h"

#include <string>

namespace postbell::sqlite {

namespace {

constexpr std::string_view kRecipient =
    "SELECT r.id, r.public_id, r.device, d.app, d.environment, d.dead_at, d.proven_at, d.accounts, "
    "r.created_at, r.instance, r.subscription_hash, r.folder_hash, r.reported_at, r.expires_at, "
    "r.expires_set_at, r.ended_at, r.renew_asked_at, r.retired, r.managed, r.account_proof";
constexpr std::string_view kTheRest =
    ", r.secret_hash, r.os_version, r.app_version, r.note, r.folder_canonical, "
    "r.folder_reported_at, r.other_folder_at, r.quiet_until, "
    "s.device_at, s.heard_at, s.event_at, s.push_at, s.nudged_at, s.own_folder_at, s.nudges, "
    "s.outcome, ";

// CROSS keeps the order: from the registration to its device.
constexpr std::string_view kDeviceJoin = " CROSS JOIN device d ON d.id = r.device ";
constexpr std::string_view kOtherJoins =
    "CROSS JOIN app a ON a.id = d.app LEFT JOIN seen s ON s.registration = r.id LEFT JOIN managed "
    "m "
    "ON m.id = r.managed ";

}  // namespace

Sql selectRecipient(std::string_view from, std::string_view rest, std::string_view more_columns) {
    return Sql::kept(std::string(kRecipient)
                         .append(more_columns)
                         .append(" FROM ")
                         .append(from)
                         .append(kDeviceJoin)
                         .append(rest));
}

void readRecipient(const Query& query, RecipientRow& r) {
    int column = 0;
    const auto number = [&] { return query.number(column++); };
    const auto time = [&] { return query.time(column++); };
    const auto text = [&] { return query.text(column++); };
    r.id = number();
    r.public_id = text();
    r.device = number();
    r.app_id = number();
    r.environment = static_cast<Environment>(number());
    r.device_dead_at = time();
    r.device_proven_at = time();
    r.registrations_on_device = static_cast<std::int32_t>(number());
    r.created_at = time();
    r.subscription.instance = text();
    r.subscription.id_hash = text();
    r.subscription.folder_hash = text();
    r.subscription.reported_at = time();
    r.subscription.expires_at = time();
    r.subscription.expires_set_at = time();
    r.subscription.ended_at = time();
    r.subscription.renew_asked_at = time();
    r.subscription.retired = text();
    r.mailbox = number();
    r.account_proof = static_cast<AccountProof>(number());
}

Sql selectRegistration(std::string_view rest, std::string_view more_columns) {
    return selectRecipient("registration r", std::string(kOtherJoins).append(rest),
                           std::string(kTheRest).append(kMailboxStateColumns).append(more_columns));
}

RegistrationRow readRegistration(const Query& query) {
    RegistrationRow r;
    readRecipient(query, r);
    int column = kRecipientColumns;
    const auto time = [&] { return query.time(column++); };
    const auto text = [&] { return query.text(column++); };
    r.secret_hash = text();
    r.os_version = text();
    r.app_version = text();
    r.note = text();
    r.folder.canonical = query.flag(column++);
    r.folder.reported_at = time();
    r.folder.other_heard_at = time();
    r.quiet_until = time();
    r.seen.device_at = time();
    r.seen.heard_at = time();
    r.seen.event_at = time();
    r.seen.push_at = time();
    r.seen.nudged_at = time();
    r.seen.own_folder_at = time();
    r.seen.nudges = static_cast<std::uint32_t>(query.number(column++));
    r.seen.outcome = text();
    r.mailbox_state = readMailboxState(query, column);
    return r;
}

}  // namespace postbell::sqlite
