// SPDX-License-Identifier: Apache-2.0
// Which of an app's credentials pushes to an environment.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "store/credentials.h"

namespace postbell::dispatch {

/// The environments that a credential serves; None alone if its provider knows no environments.
std::vector<store::Environment> environmentsOf(const store::Credential& credential);

/// The newest of the app's credentials of that provider instance for that environment, with its
/// content. Throws store::StoreError.
std::optional<store::Credential> chooseCredential(store::Credentials& credentials, store::Id app,
                                                  const std::string& provider,
                                                  store::Environment environment);

}  // namespace postbell::dispatch
