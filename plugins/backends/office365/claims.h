// SPDX-License-Identifier: Apache-2.0
// The claims by which a token of Microsoft's login counts.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "managed_settings.h"
#include "published_keys.h"
#include "signed_token.h"

namespace postbell::office365 {

/// Of a user's id token: whose mailbox it proves, or why it proves none.
struct Proof {
    std::string mailbox;  ///< the user's object id; empty: none
    std::string problem;  ///< a sentence
};
/// `token` was verified. `issuer`: as the login names itself.
Proof checkIdToken(const SignedToken& token, const ManagedSettings& settings,
                   std::string_view issuer, std::int64_t now_ms);

enum class Verdict {
    Good,
    Bad,
    Unknown,  ///< no key is known that could tell
};
/// Of one validation token of a rich notification: Microsoft's notifier signed it for one of our
/// applications and our tenant.
Verdict checkValidationToken(std::string_view text, const ManagedSettings& settings,
                             const PublishedKeys& keys, std::int64_t now_ms);

}  // namespace postbell::office365
