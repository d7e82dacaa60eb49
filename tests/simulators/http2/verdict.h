// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace http2_simulator {

/// A push network's judgement of one request.
struct Verdict {
    int status = 200;
    /// The network's word for it; empty with 200.
    const char* reason = "";
    /// Exactly what was wrong, where that word is a general one.
    const char* note = "";
    std::int64_t timestamp_ms = 0;
    std::vector<const char*> violations;
    /// Whom it is for, and through which app or project: what faults match and the record tells.
    std::string token;
    std::string topic;
    /// False for requests that are no push, whatever is answered.
    bool reaches_device = true;
    /// The answer, where it does not follow from the rest.
    std::string body;
};

}  // namespace http2_simulator
