// SPDX-License-Identifier: Apache-2.0
#include "jwt.h"

#include "postbell/kit/base64url.hpp"
#include "signing_key.h"

namespace postbell::apns {

std::string makeProviderToken(EVP_PKEY& key, std::string_view key_id, std::string_view team_id,
                              std::int64_t issued_at_seconds) {
    std::string header = R"({"alg":"ES256","kid":")";
    header.append(key_id).append("\"}");
    std::string claims = R"({"iss":")";
    claims.append(team_id)
        .append(R"(","iat":)")
        .append(std::to_string(issued_at_seconds))
        .append("}");

    std::string token = kit::base64Url(header);
    token.append(".").append(kit::base64Url(claims));
    const std::string signature = signEs256(key, token);
    return token.append(".").append(kit::base64Url(signature));
}

}  // namespace postbell::apns
