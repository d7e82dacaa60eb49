// SPDX-License-Identifier: Apache-2.0
// One account on one device.
#pragma once
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "store/records/basics.h"
#include "store/records/mailbox.h"
#include "store/records/seen.h"
#include "store/records/tenant.h"
#include "util/clock_tolerance.h"

namespace postbell::store {

/// A registration's reported subscription.
struct Subscription {
    std::string instance;
    std::string id_hash;      ///< empty: nothing was reported
    std::string folder_hash;  ///< empty: not reported
    util::WallTime reported_at;
    util::WallTime expires_at;      ///< not set: does not end
    util::WallTime expires_set_at;  ///< when expires_at was reported
    /// The server ended it; not set again when the subscription is heard of with success.
    util::WallTime ended_at;
    /// The server asked for renewal; not set again with the next report.
    util::WallTime renew_asked_at;
    std::string retired;  ///< ids that were reported and replaced: see retired_ids.h
};

/// Why the account is taken to be the device's user's. The hash of an account proves nothing: a
/// person with the app's enrolment key can register a colleague's.
enum class AccountProof { None, Proven, Approved /* by an admin */ };

/// A registration as far as a push needs it, as a database engine reads it: its row and its
/// device's.
struct PushedRegistration {
    Id id = 0;
    std::string public_id;
    Id app_id = 0;
    Id device = 0;
    Environment environment = Environment::None;
    util::WallTime device_dead_at;
    /// When a push was last known to be delivered to the device's present token, a day ago or less
    /// if pushes go there; not set: never.
    util::WallTime device_proven_at;
    std::int32_t registrations_on_device = 1;
};

/// A registration as far as an event needs it, as a database engine reads it.
struct RecipientRow : PushedRegistration {
    util::WallTime created_at;
    Subscription subscription;
    Id mailbox = 0;  ///< whose subscription the gateway holds for it; 0: the app subscribes
    AccountProof account_proof = AccountProof::None;
};

/// A recipient with its app.
struct Recipient : RecipientRow {
    /// Never null in a registration that the store gives.
    std::shared_ptr<const App> app;

    bool isServed() const { return app->enabled && !util::isSet(device_dead_at); }
};

/// The reported folder beside those that notifications name.
struct ReportedFolder {
    bool canonical = false;  ///< its hash is of the backend's canonical form
    util::WallTime reported_at;
    /// A notification named another folder, and none had named this one; not set: none did.
    util::WallTime other_heard_at;
};

/// The rest of a registration, on which its life cycle depends.
struct RegistrationDetails {
    ReportedFolder folder;
    util::WallTime quiet_until;  ///< the mail server wants no new subscription before
    std::string secret_hash;
    std::string os_version, app_version;
    std::string note;  ///< of the backend, for the app
    MailboxState mailbox_state;
    Seen seen;
};

/// A whole registration as a database engine reads it, and as the store gives it.
struct RegistrationRow : RecipientRow, RegistrationDetails {};
struct Registration : Recipient, RegistrationDetails {};

/// When the subscription was last heard of or reported. A time that has not come yet was noted
/// while the clock was ahead, and says nothing.
inline util::WallTime signOfLife(const Subscription& subscription, const Seen& seen,
                                 util::WallTime now) {
    return std::max(util::believed(seen.heard_at, now),
                    util::believed(subscription.reported_at, now));
}

/// One registration's share of a device's badge: the pending count if mail is pending, else the one
/// that was delivered last.
struct BadgeShare {
    Registration registration;
    std::int32_t count = kUnknownCount;
};

/// A phone has a handful of accounts. Each push to a device looks at all its registrations, and a
/// new token moves them in one transaction, so that a device of thousands would be everybody's
/// trouble.
constexpr std::int64_t kMaxRegistrationsPerDevice = 100;

/// How a registration comes in: "the same device, app and account again renews".
struct NewRegistration {
    Id app = 0;
    std::string token;      ///< normal form; stored sealed
    std::string token_key;  ///< HMAC of the normal form
    Environment environment = Environment::None;
    std::string origin;  ///< that the token names; empty: the push network's own
    util::WallTime token_expires_at;
    std::string account_key, device_key;
    std::string os_version, app_version;
    std::string previous_secret_hash;  ///< empty: not given
    std::string public_id;             ///< for a new one
    std::string secret_hash;
    std::string callback_hash, proof_hash;
    std::string managed_instance;  ///< empty: the app subscribes itself
    std::string mailbox;           ///< proven to be the user's; stored sealed
    /// Renewing with the old secret keeps the proof that there was. The device token alone does
    /// not: it shows the device, but not the app that was approved.
    AccountProof account_proof = AccountProof::None;
    util::WallTime now;
    bool may_be_new = true;                     ///< false: it renews a registration, or is refused
    std::int64_t max_registrations_of_app = 0;  ///< 0: no limit
};
/// Why a registration was refused; nothing was changed.
enum class RegistrationRefusal {
    None,
    Crowded,  ///< the device has kMaxRegistrationsPerDevice already
    AppFull,  ///< see NewRegistration::max_registrations_of_app
    New,      ///< it would be a new one, and it may not be
};
struct Registered {
    std::string public_id;
    Id id = 0;  ///< 0: refused
    bool renewed = false;
    RegistrationRefusal refusal = RegistrationRefusal::None;
};
enum class TokenChanged {
    Done,
    NotFound,
    Crowded,  ///< as above; nothing was changed
    Left,     ///< the registration was moved away from this token: nothing was changed
};

struct Report {
    std::string instance, id_hash, folder_hash;
    util::WallTime expires_at;
    std::int32_t unread = kUnknownCount;
    util::WallTime now;
    bool folder_canonical = false;  ///< folder_hash is of the backend's canonical form
};
enum class ReportResult { Accepted, Replaced /* an id that was replaced before: 409 */, NotFound };

}  // namespace postbell::store
