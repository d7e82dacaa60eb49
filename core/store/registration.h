// SPDX-License-Identifier: Apache-2.0
// One account on one device.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "store/basics.h"
#include "store/mailbox.h"
#include "store/seen.h"
#include "store/tenant.h"

namespace postbell::store {

/// A registration's reported subscription.
struct Subscription {
    std::string instance;
    std::string id_hash;      ///< empty: nothing was reported
    std::string folder_hash;  ///< empty: not told
    std::int64_t reported_at = 0;
    std::int64_t expires_at = 0;      ///< 0: does not end
    std::int64_t expires_set_at = 0;  ///< when expires_at was told
    std::int64_t ended_at = 0;  ///< the server ended it; 0 again when it is heard with success
    /// The server asked for renewal; 0 again with the next report.
    std::int64_t renew_asked_at = 0;
    /// Hashes of ids that were reported and replaced, newest last, at most 16.
    std::vector<std::string> retired;
};

/// Why it is believed that the account is the device's user's. The hash of an account proves
/// nothing: whoever has the app's enrolment key can register a colleague's.
enum class AccountProof { None, Proven, Approved /* by an admin */ };

/// A registration as far as an event or a push needs it: its row, its device's and its app.
struct Recipient {
    Id id = 0;
    std::string public_id;
    Id device = 0;
    Environment environment = Environment::None;
    std::int64_t device_dead_at = 0;
    std::int32_t registrations_on_device = 1;
    /// Never null in what the store gives.
    std::shared_ptr<const App> app;
    std::int64_t created_at = 0;
    Subscription subscription;
    Id mailbox = 0;  ///< whose subscription the gateway holds for it; 0: the app subscribes
    AccountProof account_proof = AccountProof::None;

    bool isServed() const { return app->enabled && device_dead_at == 0; }
};

/// The whole of it, with all that its life cycle depends on.
struct Registration : Recipient {
    std::string secret_hash;
    std::string os_version, app_version;
    std::string note;  ///< of the backend, for the app
    ManagedState managed;
    Seen seen;
};

/// One registration's share of a device's badge: the pending count if mail is pending, else the one
/// that was delivered last.
struct BadgeShare {
    Registration registration;
    std::int32_t count = kUnknownCount;
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
    /// Renewing never takes a proof away.
    AccountProof account_proof = AccountProof::None;
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

}  // namespace postbell::store
