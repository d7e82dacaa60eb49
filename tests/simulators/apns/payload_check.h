// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

namespace apns_simulator {

/// What is wrong with a push's body; an empty reason: nothing.
struct PayloadVerdict {
    const char* reason = "";
    /// Exactly what, where Apple's reason is a general one.
    const char* note = "";
    /// What Apple would let pass and a phone would not show.
    std::vector<const char*> violations;
};

/// `push_type` is the value of apns-push-type.
PayloadVerdict checkPayload(std::string_view payload, std::string_view push_type);

}  // namespace apns_simulator
