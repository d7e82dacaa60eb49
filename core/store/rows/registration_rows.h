// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/records/registration.h"
#include "store/rows/device_rows.h"

namespace postbell::store {

/// The columns of a registration that each renewal writes.
struct RenewalRow {
    std::string secret_hash, os_version, app_version;
    AccountProof account_proof = AccountProof::None;
};

/// A registration as far as its renewal, move and removal need it.
struct KnownRegistration : RenewalRow {
    Id id = 0;
    std::string public_id;
    Id device = 0;
    std::string token_key;  ///< of its device
    /// The token key of the device that it was on before; empty: it was on no other.
    std::string left_token_key;
};

struct NewRegistrationRow : RenewalRow {
    std::string public_id;
    Id device = 0;
    std::string account_key;
    util::WallTime created_at;
};

/// A registration of one device that is to move to another.
struct MovingRegistration {
    Id id = 0;
    Id other = 0;  ///< the account's on the other device; 0: it has none there
    std::int32_t last_count = kUnknownCount;
};

struct RegistrationOnDevice {
    Id id = 0;
    Id device = 0;
};

/// Registrations as the writer changes them.
class RegistrationRows {
  public:
    virtual ~RegistrationRows() = default;

    virtual std::optional<KnownRegistration> find(std::string_view public_id) const = 0;
    /// The account's on the device.
    virtual std::optional<KnownRegistration> findByDevice(const DeviceIdentity& device,
                                                          std::string_view account_key) const = 0;
    /// The account's with this device key and secret, on any of the app's devices.
    virtual std::optional<KnownRegistration> findBySecret(Id app, std::string_view account_key,
                                                          std::string_view device_key,
                                                          std::string_view secret_hash) const = 0;
    /// In the order of ids.
    virtual std::vector<MovingRegistration> listMoving(Id from, Id to) const = 0;
    /// Any of the tenant's, or the app's, up to `limit`.
    virtual std::vector<RegistrationOnDevice> someOfTenant(Id tenant, std::size_t limit) const = 0;
    virtual std::vector<RegistrationOnDevice> someOfApp(Id app, std::size_t limit) const = 0;

    virtual Id insert(const NewRegistrationRow& registration) = 0;
    virtual void renew(Id id, const RenewalRow& renewal) = 0;
    /// All of the device. No account of theirs has a registration on the other one.
    virtual void move(Id from, Id to, std::string_view left_token_key) = 0;
    /// A version that is not given stays. False: no such registration.
    virtual bool setVersions(std::string_view public_id, std::optional<std::string_view> os_version,
                             std::optional<std::string_view> app_version) = 0;
    /// False: no such registration.
    virtual bool setAccountProof(std::string_view public_id, AccountProof proof) = 0;
    /// With their callbacks, pending rows and last counts, and when they were seen.
    virtual void remove(std::span<const Id> ids) = 0;
};

}  // namespace postbell::store
