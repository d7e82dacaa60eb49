// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "postbell/provider.hpp"

namespace postbell::apns {

/// What is in an uploaded credential, and what is wrong with it: the first thing that keeps it from
/// pushing.
CredentialReport inspectCredential(const CredentialFile& file, std::int64_t now_ms);

}  // namespace postbell::apns
