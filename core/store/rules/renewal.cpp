// SPDX-License-Identifier: Apache-2.0
#include "store/rules/renewal.h"

#include <algorithm>

#include "store/records/retired_ids.h"
#include "util/clock_tolerance.h"

namespace postbell::store {

namespace {

void setFolder(SubscriptionRow& row, const Report& report) {
    row.folder_hash = report.folder_hash;
    row.folder = {report.folder_canonical, report.now, {}};
}

SubscriptionRow prolonged(SubscriptionRow row, const Report& report) {
    // The same time reported again is no renewal, and a report without one takes none away.
    if (util::isSet(report.expires_at) && report.expires_at != row.expires_at) {
        row.expires_at = report.expires_at;
        row.expires_set_at = report.now;
    }
    if (!report.folder_hash.empty() && report.folder_hash != row.folder_hash)
        setFolder(row, report);
    return row;
}

SubscriptionRow replaced(SubscriptionRow row, const Report& report) {
    row.retired = retire(row.retired, row.id_hash);
    row.instance = report.instance;
    row.id_hash = report.id_hash;
    setFolder(row, report);
    row.reported_at = report.now;
    row.expires_at = report.expires_at;
    row.expires_set_at = report.now;
    return row;
}

}  // namespace

RenewalRow renewalOf(const RenewalRow& known, const NewRegistration& incoming) {
    RenewalRow row;
    row.secret_hash = incoming.secret_hash;
    row.os_version = incoming.os_version.empty() ? known.os_version : incoming.os_version;
    row.app_version = incoming.app_version.empty() ? known.app_version : incoming.app_version;
    row.account_proof = known.secret_hash == incoming.previous_secret_hash
                            ? std::max(known.account_proof, incoming.account_proof)
                            : incoming.account_proof;
    return row;
}

bool isOf(const SubscriptionRow& known, const Report& report) {
    return known.id_hash == report.id_hash && known.instance == report.instance;
}

std::optional<SubscriptionRow> reportedOn(const SubscriptionRow& known, const Report& report) {
    const bool same = isOf(known, report);
    // Subscriptions from before the app was turned on again count as replaced.
    const bool withdrawn = known.reported_at < util::believed(known.app_enabled_at, report.now);
    if (same ? withdrawn : isRetired(known.retired, report.id_hash)) return std::nullopt;
    SubscriptionRow row = same ? prolonged(known, report) : replaced(known, report);
    row.ended_at = {};
    row.renew_asked_at = {};
    row.mailbox = 0;  // the app holds its subscription itself from here on
    return row;
}

}  // namespace postbell::store
