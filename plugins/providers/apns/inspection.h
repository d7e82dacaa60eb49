// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "postbell/provider.hpp"

namespace postbell::apns {

/// The contents of an uploaded credential, and its fault: the first thing that keeps it from
/// pushing.
CredentialReport inspectCredential(const CredentialFile& file, std::int64_t now_ms);

}  // namespace postbell::apns
