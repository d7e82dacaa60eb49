// SPDX-License-Identifier: Apache-2.0
// JSON Web Tokens that Microsoft's login signed, and the keys that it publishes (RFC 7515, 7517,
// 7519).
#pragma once
#include <openssl/evp.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace postbell::office365 {

/// A token as it came; nothing in it is to be believed before verifies() said so.
struct SignedToken {
    std::string key_id;
    nlohmann::json claims;
    std::string signed_part;
    std::string signature;

    /// A text claim; empty if there is none.
    std::string text(const char* claim) const;
};

/// Takes it apart. Only RS256: "none", HS256 (whose key would be the published one) and everything
/// else are nothing. So is a token of more than 16 KiB.
std::optional<SignedToken> parseToken(std::string_view token);

using PublicKey = std::shared_ptr<EVP_PKEY>;

/// The RSA keys of a JSON Web Key Set by their ids. Others, and those of less than 2048 bits, are
/// left out.
std::map<std::string, PublicKey> parseKeys(const nlohmann::json& set);

bool verifies(const SignedToken& token, EVP_PKEY& key);

}  // namespace postbell::office365
