// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <string>

#include "util/time.h"
#include "util/trace.h"

namespace postbell::dispatch {

/// How an admin's trial push went.
struct TrialOutcome {
    /// "delivered", "retry", "token_dead", "token_foreign", "credential_refused", "reauthorize",
    /// "rejected", "no_answer", "not_sent"
    std::string outcome;
    int status = 0;
    std::string reason, advice;
    util::Milliseconds latency{0};
    util::Trace trace = 0;  ///< of the push's lines in the log
};
using TrialDone = std::function<void(TrialOutcome)>;

}  // namespace postbell::dispatch
