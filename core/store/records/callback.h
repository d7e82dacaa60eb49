// SPDX-License-Identifier: Apache-2.0
// The registrations behind a callback token, and the target of a push.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "store/records/mailbox.h"
#include "store/records/registration.h"
#include "store/records/tenant.h"

namespace postbell::store {

/// Of a subscription that the app holds.
struct RegistrationCallback {
    Recipient recipient;
    std::uint64_t data_version = 0;  ///< for StagedEvent
};
/// Of a subscription that the gateway holds, which serves several registrations.
struct MailboxCallback {
    Id mailbox = 0;
    std::string subscription_hash;  ///< empty: its id is not known yet
    std::vector<Recipient> served;
};
/// Of a whole mail server: each event says whom it is for, see Events::reportedBy() and
/// Events::provenFor().
struct ServerCallback {
    TenantCallback callback;
    std::string tenant_hash_key;  ///< opened; makes an account's key of the hash that apps send
    std::string secret;           ///< opened; empty: none
};

struct Callback {
    std::string proof_hash;  ///< empty: the mail server has none to echo
    std::variant<RegistrationCallback, MailboxCallback, ServerCallback> of;
};

/// All that a push to a registration's device needs; read when the push is sent.
struct PushTarget {
    PushedRegistration registration;
    std::shared_ptr<const App> app;  ///< never null in a target that the store gives
    MailboxState mailbox_state;      ///< id 0: the app subscribes
    std::string token;               ///< opened
    util::WallTime token_at;
    util::WallTime first_410_at;
    util::WallTime first_foreign_at;
    std::string origin;               ///< that the device named; empty: the push network's own
    util::WallTime token_expires_at;  ///< not set: it does not end
};

}  // namespace postbell::store
