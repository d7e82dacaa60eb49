// SPDX-License-Identifier: Apache-2.0
// What the store keeps, as values. Times are wall-clock milliseconds, 0: never. "hash" is a SHA-256
// of 32 bytes, "key" an HMAC-SHA-256 under the tenant's hash key; empty: none.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "util/trace.h"

namespace postbell::store {

using Id = std::int64_t;  ///< of a row; 0: none
constexpr std::int32_t kUnknownCount = -1;

enum class Style { Badge, BadgeSync, Alert };
enum class Environment { None, Production, Sandbox };

struct Tenant {
    Id id = 0;
    std::string name;
    std::string hash_key;  ///< 32 bytes, opened
};

struct App {
    Id id = 0;
    Id tenant = 0;
    std::string tenant_name;
    std::string name;      ///< bundle id or package
    std::string platform;  ///< "ios"
    Style style = Style::Badge;
    bool enabled = true;
    std::int64_t enabled_at =
        0;  ///< when it was last turned on again; what was reported before counts as replaced
};

/// How the guard of "When a push network says no" stands for one credential; stored so that a
/// restart is no storm.
struct GuardState {
    std::int64_t good_at = 0;
    std::string good_device;         ///< whose push was good then
    std::int64_t other_good_at = 0;  ///< when that of another device was
    std::vector<std::string>
        suspects;  ///< device ids (text) whose token was foreign, in order, at most three
    std::int64_t paused_at = 0;  ///< 0: open
    std::string paused_reason;
    std::int64_t probe_at = 0;  ///< when the next probe is due, while paused
    std::int64_t probe_interval_ms = 0;
};

/// What a provider gave to present with requests.
struct StoredAuthorization {
    std::string name;   ///< empty: none
    std::string value;  ///< opened
    std::int64_t renew_ms = 0, expires_ms = 0, not_renewed_before_ms = 0;
};

struct Credential {
    Id id = 0;
    Id app = 0;
    std::string provider;  ///< instance
    bool production = false,
         sandbox = false;           ///< environments it serves; neither: the provider has none
    std::string content, password;  ///< opened; empty in lists
    std::vector<std::pair<std::string, std::string>> settings;
    std::string kind, subject;
    std::vector<std::string> topics;
    std::int64_t valid_from_ms = 0, expires_ms = 0;
    std::int64_t uploaded_at = 0;
    std::int64_t upload = 0;  ///< goes up with each replacement
    std::array<GuardState, 3>
        guards;  ///< one for each Environment: a guard belongs to a credential and an origin
    StoredAuthorization authorization;
};

/// A registration's reported subscription.
struct Subscription {
    std::string instance;
    std::string id_hash;      ///< empty: nothing was reported
    std::string folder_hash;  ///< empty: not told
    std::int64_t reported_at = 0;
    std::int64_t expires_at = 0;      ///< 0: does not end
    std::int64_t expires_set_at = 0;  ///< when expires_at was told
    std::int64_t ended_at = 0;  ///< the server ended it; 0 again when it is heard with success
    std::int64_t renew_asked_at =
        0;  ///< the server asked for renewal; 0 again with the next report
    std::vector<std::string>
        retired;  ///< hashes of ids that were reported and replaced, newest last, at most 16
};

/// What is written in passing and may be lost.
struct Seen {
    std::int64_t device_at = 0;  ///< the device's last call
    std::int64_t heard_at = 0;   ///< any notification
    std::int64_t event_at = 0;   ///< a notification that meant a push
    std::int64_t push_at = 0;
    std::int64_t nudged_at = 0;  ///< a push that asked the app to check its registration
    std::string outcome;         ///< of the last push, in words
};

/// A mailbox whose subscription the gateway holds itself.
struct ManagedSubscription {
    Id id = 0;
    std::string instance;
    std::int64_t expires_at = 0;  ///< of the subscription; 0: does not end
    std::int64_t due_at = 0;      ///< when the gateway looks at it again
    std::int64_t failed_at = 0;   ///< the first failure since the last success; 0: none
    bool refused = false;         ///< that failure will not go away by itself
    std::string problem;          ///< a sentence: the last failure
};

/// The same as its registrations see it; id 0: the app subscribes, and reports.
struct ManagedState : ManagedSubscription {
    bool subscribed = false;
};

/// The same with what its tasks need.
struct ManagedMailbox : ManagedSubscription {
    std::string mailbox;       ///< opened: the backend's own word for it
    std::string subscription;  ///< opened; empty: none
    std::int64_t renew_at = 0;
    std::uint32_t attempts = 0;       ///< that failed in a row
    std::int64_t ended_at = 0;        ///< the server ended the subscription; 0: it did not
    std::int64_t renew_asked_at = 0;  ///< the server asked for a new authorization; 0: it did not
    std::int64_t asked = 0;           ///< goes up whenever somebody else wants it looked at
    std::int64_t registrations = 0;
    std::int64_t live = 0;  ///< registrations whose device is not dead and whose app is turned on
};
struct ManagedCount {
    std::string instance;
    std::int64_t mailboxes = 0, subscribed = 0, failing = 0;
};

/// A registration with all that its life cycle depends on.
struct Registration {
    Id id = 0;
    std::string public_id;
    Id device = 0;
    Id app = 0;
    Id tenant = 0;
    std::string app_name, tenant_name, platform;
    std::string secret_hash;
    std::int64_t created_at = 0;
    std::string os_version, app_version;
    std::string note;
    Environment environment = Environment::None;
    Subscription subscription;
    ManagedState managed;
    Seen seen;
    bool app_enabled = true;
    std::int64_t app_enabled_at = 0;
    std::int64_t device_dead_at = 0;
    std::int32_t accounts = 1;  ///< registrations on the same device
};

/// What a callback token leads to.
struct Callback {
    Registration registration;  ///< without secret_hash and what was seen
    std::string proof_hash;
    std::uint64_t as_of = 0;  ///< for StagedEvent
    /// The rest is a managed subscription's, which serves several; `registration` is empty then.
    Id managed = 0;
    std::string subscription_hash;  ///< empty: the mail server has not told its id yet
    std::vector<Registration> served;
};

/// How a registration comes in: "the same device, app and account again renews".
struct NewRegistration {
    Id app = 0;
    std::string token;      ///< normal form; stored sealed
    std::string token_key;  ///< HMAC of the normal form
    Environment environment = Environment::None;
    std::string account_key, device_key;
    std::string os_version, app_version;
    std::string previous_secret_hash;  ///< empty: not given
    std::string public_id;             ///< for a new one
    std::string secret_hash;
    std::string callback_hash, proof_hash;
    std::string managed_instance;  ///< empty: the app subscribes itself
    std::string mailbox;           ///< proven to be the user's; stored sealed
    std::int64_t now_ms = 0;
};
struct Registered {
    std::string public_id;
    Id id = 0;
    bool renewed = false;
};

struct Report {
    std::string instance, id_hash, folder_hash;
    std::int64_t expires_at = 0;
    std::int32_t unread = kUnknownCount;
    std::int64_t now_ms = 0;
};
enum class ReportResult { Accepted, Replaced /* an id that was replaced before: 409 */, NotFound };

/// The pending row of one registration: what must still reach its device.
struct Pending {
    Id registration = 0;
    Id device = 0;
    Id credential_app = 0;  ///< the app, whose credential pushes it
    Environment environment = Environment::None;
    std::int64_t generation =
        0;  ///< of the last event; goes up for ever, also after the row was removed
    std::int64_t mail_generation = 0;      ///< of the last mail event; 0: none is pending
    std::int64_t new_mail_generation = 0;  ///< of the last new_mail; 0: none is pending
    std::int64_t check_generation = 0;     ///< of the last "check your registration"; 0: none
    std::int32_t count = kUnknownCount;
    std::int64_t since = 0;     ///< when the first of the pending mail events came
    std::int64_t occurred = 0;  ///< what the count's event said

    // Of the commit that made the row, in memory only: for logs and metrics.
    util::Trace mail_trace = 0;   ///< of the last mail event; 0: none
    util::Trace check_trace = 0;  ///< of the last "check your registration"; 0: none
    std::uint32_t events = 0;     ///< mail events that came together in this row
    std::int64_t durable_us = 0;  ///< steady clock: when the first of them was committed; 0: none
};

/// One event to be made durable.
struct StagedEvent {
    enum class Kind { NewMail, CountChanged, Check };
    Id registration = 0;
    Id device = 0;
    Id app = 0;
    Environment environment = Environment::None;
    Kind kind = Kind::CountChanged;
    std::int32_t count = kUnknownCount;
    std::int64_t occurred = 0;
    std::int64_t received = 0;  ///< now
    std::uint64_t as_of = 0;    ///< of the Callback that told the registration; 0: not known
    std::string dedup;          ///< hash of the dedup key, at most 16 bytes; empty: none
};

/// A change of a subscription that a mail server caused.
struct SubscriptionChange {
    enum class Kind {
        Ended,
        RenewAsked,
        HeardAgain,
        ManagedEnded,       ///< of a managed subscription: `registration` is the mailbox's id
        ManagedRenewAsked,  ///< the same
        ManagedIdle,        ///< the same: it was notified of, and serves nobody
    };
    Id registration = 0;
    Kind kind = Kind::Ended;
    std::int64_t at = 0;
};

/// What an outcome means for the store.
struct Settlement {
    enum class Kind {
        Delivered,   ///< of the mail part up to `generation`: removed; last_count set on shared
                     ///< devices
        CheckSent,   ///< the check flag up to `generation`: removed
        Dropped,     ///< rejected: the mail part up to `generation` removed, nothing else
        DeviceDead,  ///< every pending row of the device removed, the device marked dead; only if
                     ///< its token_at is `token_at`
        First410,    ///< the device's first_410_at set to `at`, if its token_at is `token_at`
    };
    Kind kind = Kind::Delivered;
    Id registration = 0;
    Id device = 0;
    Id app = 0;  ///< this and the next only come back with PendingSink::committed()
    Environment environment = Environment::None;
    std::int64_t generation = 0;
    std::int32_t count = kUnknownCount;  ///< what was sent
    bool shared = false;                 ///< the device has two or more registrations
    std::int64_t at = 0;
    std::int64_t token_at = 0;
};

/// All that a push to a registration's device needs, read when it is sent.
struct PushTarget {
    Registration registration;
    std::string token;  ///< opened
    std::int64_t token_at = 0;
    std::int64_t first_410_at = 0;
    Style style = Style::Badge;
};

/// One registration's share of a device's badge.
struct BadgeShare {
    Registration registration;
    std::int32_t count =
        kUnknownCount;  ///< the pending row's if there is a mail event pending, else the last one
};

}  // namespace postbell::store
