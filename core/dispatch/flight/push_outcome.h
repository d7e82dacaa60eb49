// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string_view>

#include "provider/push.h"

namespace postbell::dispatch {

/// How one attempt to push ended: the provider's word for the answer, or why there is none.
enum class PushOutcome {
    Delivered,
    Retry,
    TokenDead,
    TokenForeign,
    CredentialRefused,
    Reauthorize,
    Rejected,
    NoAnswer,
    Superseded,  ///< answered, but sent with an earlier upload of the credential
};
constexpr std::size_t kPushOutcomes = 9;

constexpr PushOutcome outcomeOf(provider::Outcome::Result result) {
    using Result = provider::Outcome::Result;
    switch (result) {
        case Result::Delivered:
            return PushOutcome::Delivered;
        case Result::Retry:
            return PushOutcome::Retry;
        case Result::TokenDead:
            return PushOutcome::TokenDead;
        case Result::TokenForeign:
            return PushOutcome::TokenForeign;
        case Result::CredentialRefused:
            return PushOutcome::CredentialRefused;
        case Result::Reauthorize:
            return PushOutcome::Reauthorize;
        case Result::Rejected:
            return PushOutcome::Rejected;
    }
    return PushOutcome::Retry;
}

/// As logs, metrics and `push test` write it.
constexpr std::string_view name(PushOutcome outcome) {
    switch (outcome) {
        case PushOutcome::Delivered:
            return "delivered";
        case PushOutcome::Retry:
            return "retry";
        case PushOutcome::TokenDead:
            return "token_dead";
        case PushOutcome::TokenForeign:
            return "token_foreign";
        case PushOutcome::CredentialRefused:
            return "credential_refused";
        case PushOutcome::Reauthorize:
            return "reauthorize";
        case PushOutcome::Rejected:
            return "rejected";
        case PushOutcome::NoAnswer:
            return "no_answer";
        case PushOutcome::Superseded:
            return "superseded";
    }
    return "";
}

}  // namespace postbell::dispatch
