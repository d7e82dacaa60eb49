// SPDX-License-Identifier: Apache-2.0
// Registrations: made and renewed by devices, reported on, read and removed.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/records/records.h"
#include "store/records/store_error.h"

namespace postbell::store {

/// Thread-safe. Reads run on the calling thread. A blocking write returns when it is durable, and
/// must not be called on the writer's thread. Everything throws StoreError when the database fails.
class Registrations {
  public:
    virtual ~Registrations() = default;

    /// Renews if the same account is registered by the same app and phone (on the same device, or
    /// with the same device_key where previous_secret_hash is its secret's): id stays, secret and
    /// newest callback are new; at most two callbacks live, that of the reported subscription and
    /// the newest. A token that the registration has left renews nothing: the phone that comes with
    /// it is not the phone that took the registration along. Otherwise a new registration (and
    /// device, where its identity is new; a dead device that registers again lives again with
    /// token_at = now). Refused where a device would come to have more than
    /// kMaxRegistrationsPerDevice; one that has more already keeps them.
    virtual Registered registerDevice(const NewRegistration&) = 0;
    virtual std::optional<Registration> findRegistration(std::string_view public_id) = 0;
    virtual std::optional<Registration> findRegistration(Id id) = 0;
    /// A different id retires the old one and moves to the newest callback (the other callback is
    /// removed); the same id again on the same instance only sets expires_at, folder and
    /// unread, as far as the report has them. An expires_at that is there already leaves
    /// expires_set_at alone. Clears ended_at and renew_asked_at. `unread` becomes the last count on
    /// shared devices.
    virtual ReportResult report(std::string_view public_id, const Report&) = 0;
    struct TokenChange {
        std::string token, token_key;
        util::WallTime now;
        std::string origin{};  ///< that the token names; empty: the push network's own
        util::WallTime token_expires_at;
    };
    /// Moves every registration of the same device to the new token in one commit; pending rows go
    /// with it, and known last counts are staged again.
    virtual TokenChanged changeToken(std::string_view public_id, const TokenChange&) = 0;
    /// The token of the registration's device, opened. Nothing: no such registration.
    virtual std::optional<std::string> findDeviceToken(Id registration) = 0;
    /// A version that is not given stays. False: no such registration.
    virtual bool changeVersions(std::string_view public_id,
                                std::optional<std::string_view> os_version,
                                std::optional<std::string_view> app_version) = 0;
    /// An admin says that the account is the user's. False: no such registration.
    virtual bool approveAccount(std::string_view public_id) = 0;
    /// Erases the registration, and its device if it was the device's last. False: no such
    /// registration.
    virtual bool removeRegistration(std::string_view public_id) = 0;
    /// Erases those that are still as they were read: neither renewed nor reported on since, and
    /// believed as much. A few hundred to a commit, so that no event waits. Returns how many.
    virtual std::size_t removeUnchanged(const std::vector<Registration>& registrations) = 0;
    /// Up to `limit` registrations with an id above `after`, in the order of ids; `tenant` 0: of
    /// all.
    virtual std::vector<Registration> listRegistrations(Id after, std::size_t limit, Id tenant = 0,
                                                        Id app = 0) = 0;
    /// The registrations of an account, for the admin.
    virtual std::vector<Registration> findRegistrationsByAccount(Id tenant,
                                                                 std::string_view account_key) = 0;
    virtual std::int64_t countRegistrations() = 0;
    /// Those whose app reported a subscription on the instance, and whose last sign of life (see
    /// signOfLife()) was before.
    virtual std::int64_t countUnheard(std::string_view instance, util::WallTime before) = 0;
};

}  // namespace postbell::store
