// SPDX-License-Identifier: Apache-2.0
#include "provider/push.h"

namespace postbell::provider {

std::string_view name(Outcome::Result result) {
    switch (result) {
        case Outcome::Result::Delivered:
            return "delivered";
        case Outcome::Result::Retry:
            return "retry";
        case Outcome::Result::TokenDead:
            return "token_dead";
        case Outcome::Result::TokenForeign:
            return "token_foreign";
        case Outcome::Result::CredentialRefused:
            return "credential_refused";
        case Outcome::Result::Reauthorize:
            return "reauthorize";
        case Outcome::Result::Rejected:
            return "rejected";
    }
    return "";
}

}  // namespace postbell::provider
