// SPDX-License-Identifier: Apache-2.0
#include "dispatch/channel/credential_choice.h"

namespace postbell::dispatch {
namespace {

bool serves(const store::Credential& credential, store::Environment environment) {
    switch (environment) {
        case store::Environment::None:
            return true;
        case store::Environment::Production:
            return credential.production;
        case store::Environment::Sandbox:
            return credential.sandbox;
    }
    return false;
}

}  // namespace

std::vector<store::Environment> environmentsOf(const store::Credential& credential) {
    std::vector<store::Environment> environments;
    if (credential.production) environments.push_back(store::Environment::Production);
    if (credential.sandbox) environments.push_back(store::Environment::Sandbox);
    if (environments.empty()) environments.push_back(store::Environment::None);
    return environments;
}

std::optional<store::Credential> chooseCredential(store::Credentials& credentials, store::Id app,
                                                  const std::string& provider,
                                                  store::Environment environment) {
    const std::vector<store::Credential> all = credentials.listCredentials(app);
    const store::Credential* newest = nullptr;
    for (const store::Credential& one : all)
        if (one.provider == provider && serves(one, environment) &&
            (newest == nullptr || one.uploaded_at > newest->uploaded_at))
            newest = &one;
    return newest == nullptr ? std::nullopt : credentials.findCredential(newest->id);
}

}  // namespace postbell::dispatch
