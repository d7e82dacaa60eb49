// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "dispatch/flight/push_outcome.h"
#include "util/time.h"
#include "util/trace.h"

namespace postbell::dispatch {

/// How an admin's trial push went.
struct TrialOutcome {
    enum class Kind {
        NotSent,   ///< `reason` says why
        NoAnswer,  ///< the same
        Answered,  ///< with `result`
    };
    Kind kind = Kind::NotSent;
    provider::Outcome::Result result = provider::Outcome::Result::Retry;
    int status = 0;
    std::string reason, advice;
    util::Milliseconds latency{0};
    util::Trace trace = 0;  ///< of the push's lines in the log
    /// NotSent: the thing that was lacking.
    enum class Lack { Other, Credential, Connection };
    Lack lack = Lack::Other;
    /// Answered: the authorization was refused and is replaced, as after any push.
    bool authorization_dropped = false;

    static TrialOutcome notSent(std::string reason, util::Trace trace, Lack lack = Lack::Other) {
        TrialOutcome outcome;
        outcome.reason = std::move(reason);
        outcome.trace = trace;
        outcome.lack = lack;
        return outcome;
    }
};
using TrialDone = std::function<void(TrialOutcome)>;

/// "not_sent", "no_answer", or the name of the result: as logs and `push test` write it.
inline std::string_view name(const TrialOutcome& outcome) {
    switch (outcome.kind) {
        case TrialOutcome::Kind::NotSent:
            return "not_sent";
        case TrialOutcome::Kind::NoAnswer:
            return name(PushOutcome::NoAnswer);
        case TrialOutcome::Kind::Answered:
            return name(outcomeOf(outcome.result));
    }
    return "";
}

}  // namespace postbell::dispatch
