// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "postbell/provider.hpp"
#include "service_account.h"
#include "settings.h"

namespace postbell::fcm {

/// The service account and where its access tokens come from. If it cannot be used, account.problem
/// is a sentence for the admin.
struct OpenedAccount {
    ServiceAccount account;
    Url token_endpoint;
};
OpenedAccount openAccount(std::string_view file, const Settings& settings);

/// The contents of an uploaded credential, and its fault.
CredentialReport inspectCredential(const CredentialFile& file, const Settings& settings);

}  // namespace postbell::fcm
