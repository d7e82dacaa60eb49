// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "store/credentials.h"
#include "store/database.h"

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
                           const StoredAuthorization& authorization) override;

  private:
    UploadRow sealedUpload(Id id, std::int64_t upload, const Credential& credential) const;
    Credential opened(CredentialRow row) const;

    Database& database_;
};

}  // namespace postbell::store
