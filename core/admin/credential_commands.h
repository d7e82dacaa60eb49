// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <map>
#include <string>

#include "admin/command.h"
#include "admin/credential_faults.h"
#include "provider/provider.h"
#include "store/credentials.h"
#include "store/directory.h"
#include "util/clock.h"

namespace postbell::admin {

/// `credential add`, `list`, `show` and `remove`. Thread-safe.
class CredentialCommands {
  public:
    struct Parts {
        store::Directory& directory;
        store::Credentials& credentials;
        const provider::ProviderHost& providers;
        const util::Clock& clock;
        /// A credential of the app was added, replaced or removed.
        std::function<void(store::Id app)> changed;
        /// Where pushes with a credential go, in each environment that it serves.
        std::function<std::map<store::Environment, std::string>(const store::Credential&)> origins;
        /// Why a credential gets no new authorization; empty: nothing is known against it.
        std::function<std::string(store::Id credential)> authorization_problem;
    };
    explicit CredentialCommands(Parts parts);
    CredentialCommands(const CredentialCommands&) = delete;
    CredentialCommands& operator=(const CredentialCommands&) = delete;
    void addTo(CommandTable& table);

  private:
    Work add(const Json& arguments);
    Work addGenerated(const store::App& app, const provider::Provider& provider,
                      const Json& arguments);
    Json addInspected(const store::App& app, const provider::Provider& provider,
                      const provider::CredentialUpload& upload);

    Json list(const Json& arguments);
    Json remove(const Json& arguments);
    store::Credential credentialOf(const Json& arguments) const;
    store::Credential credentialOfApp(const Json& arguments) const;
    const provider::Provider& providerOf(const store::App& app, const std::string& instance) const;
    /// Opens a credential as sending does, since an updated OpenSSL may refuse it: see
    /// CredentialFaults.
    std::string open(const store::Credential& credential, const std::string& app) const;
    /// Why the gateway cannot use the credential; empty if it can.
    std::string faultOfStored(store::Id id, const std::string& app);
    Json describe(const store::Credential& credential);
    /// With each origin, whether it is known that pushes will go there.
    Json origins(const store::Credential& credential) const;

    const Parts parts_;
    CredentialFaults faults_;
};

}  // namespace postbell::admin
