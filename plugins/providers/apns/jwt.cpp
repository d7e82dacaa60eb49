// SPDX-License-Identifier: Apache-2.0
#include "jwt.h"

#include "signing_key.h"

namespace postbell::apns {

std::string base64Url(std::string_view bytes) {
    constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string text;
    text.reserve((bytes.size() * 4 + 2) / 3);
    std::uint32_t pending = 0;
    unsigned bits = 0;
    for (const char c : bytes) {
        pending = (pending << 8) | static_cast<unsigned char>(c);
        for (bits += 8; bits >= 6; bits -= 6) text += kAlphabet[(pending >> (bits - 6)) & 63];
    }
    if (bits > 0) text += kAlphabet[(pending << (6 - bits)) & 63];
    return text;
}

std::string makeProviderToken(EVP_PKEY& key, std::string_view key_id, std::string_view team_id,
                              std::int64_t issued_at_seconds) {
    std::string header = R"({"alg":"ES256","kid":")";
    header.append(key_id).append("\"}");
    std::string claims = R"({"iss":")";
    claims.append(team_id)
        .append(R"(","iat":)")
        .append(std::to_string(issued_at_seconds))
        .append("}");

    std::string token = base64Url(header);
    token.append(".").append(base64Url(claims));
    const std::string signature = signEs256(key, token);
    return token.append(".").append(base64Url(signature));
}

}  // namespace postbell::apns
