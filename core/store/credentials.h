// SPDX-License-Identifier: Apache-2.0
// The credentials of apps, sealed; with each its guard and its authorization.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "store/records/records.h"
#include "store/records/store_error.h"

namespace postbell::store {

/// Thread-safe. Reads run on the calling thread. A blocking write returns when it is durable, and
/// must not be called on the writer's thread. Everything throws StoreError when the database fails.
class Credentials {
  public:
    virtual ~Credentials() = default;

    /// Replaces the app's credential of the same provider that serves the same environments (id
    /// stays, upload goes up, guard's good_at and suspects and the authorization are cleared, a
    /// pause is kept for the probe); otherwise adds one. Either begins with the authorization of
    /// its secret, see saveAuthorization().
    virtual Credential putCredential(const Credential&) = 0;
    /// Without the sealed values.
    virtual std::vector<Credential> listCredentials(Id app = 0) = 0;
    /// With the sealed values, opened.
    virtual std::optional<Credential> findCredential(Id id) = 0;
    virtual bool removeCredential(Id id) = 0;
    /// Queued; written if `upload` is still the credential's.
    virtual void saveGuard(Id credential, std::int64_t upload, Environment, const GuardState&) = 0;
    /// As saveGuard(). One that the network resents to be renewed (`not_renewed_before`) is that of
    /// all credentials with the same secret. `durable` is called on the writer's thread once this
    /// or a later one is durable; it may never be.
    virtual void saveAuthorization(Id credential, std::int64_t upload, const StoredAuthorization&,
                                   std::function<void()> durable) = 0;
};

}  // namespace postbell::store
