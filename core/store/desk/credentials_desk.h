// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "store/credentials.h"
#include "store/desk/database.h"

namespace postbell::store {

class CredentialsDesk final : public Credentials {
  public:
    explicit CredentialsDesk(Database& database) : database_(database) {}

    Credential putCredential(const Credential& credential) override;
    std::vector<Credential> listCredentials(Id app) override;
    std::optional<Credential> findCredential(Id id) override;
    bool removeCredential(Id id) override;
    void saveGuard(Id credential, std::int64_t upload, Environment environment,
                   const GuardState& guard) override;
    void saveAuthorization(Id credential, std::int64_t upload,
                           const StoredAuthorization& authorization,
                           std::function<void()> durable) override;

  private:
    UploadRow sealedUpload(const SealedRow& row, std::int64_t upload, const Credential& credential);
    AuthorizationRow sealedAuthorization(const SealedRow& row,
                                         const StoredAuthorization& authorization);
    Credential opened(const CredentialRow& row);
    std::optional<Credential> openedIfWhole(const std::optional<CredentialRow>& row);
    /// The authorization that a new upload begins with: that of its secret, if it is shared.
    StoredAuthorization sharedAuthorization(const CredentialRows& rows, const Credential& upload);
    /// Gives the authorization to all credentials that have the secret of `row`.
    void share(CredentialRows& rows, const CredentialRow& row,
               const StoredAuthorization& authorization);
    /// Calls `visit` with each credential that has the secret of `credential`, and is `wanted`.
    template <class Wanted, class Visit>
    void eachWithSecret(const CredentialRows& rows, const Credential& credential,
                        const Wanted& wanted, const Visit& visit);

    Database& database_;
};

}  // namespace postbell::store
