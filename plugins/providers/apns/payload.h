// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "push_form.h"

namespace postbell::apns {

/// Apple, "Generating a remote notification".
inline constexpr std::size_t kMaxPayloadBytes = 4096;

/// Appends the JSON payload to `out`. Throws InvalidInput if it would be too large, which only a
/// registration id of hundreds of bytes can cause.
void appendPayload(const Push& push, const PushForm& form, std::string& out);

}  // namespace postbell::apns
