// SPDX-License-Identifier: Apache-2.0
#include "assertion.h"

#include <stdexcept>
#include <vector>

#include "postbell/kit/base64url.hpp"
#include "postbell/kit/json_text.hpp"

namespace postbell::fcm {
namespace {

constexpr char kScope[] = "https://www.googleapis.com/auth/firebase.messaging";
constexpr std::int64_t kLifeSeconds = 3600;  // the most that Google takes

std::string signRs256(EVP_PKEY& key, std::string_view message) {
    const kit::ErrorQueueGuard errors;
    const kit::DigestHandle digest(EVP_MD_CTX_new());
    const auto* bytes = reinterpret_cast<const unsigned char*>(message.data());
    std::size_t length = static_cast<std::size_t>(EVP_PKEY_get_size(&key));
    std::vector<unsigned char> signature(length);
    if (!digest || EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, &key) != 1 ||
        EVP_DigestSign(digest.get(), signature.data(), &length, bytes, message.size()) != 1)
        throw std::runtime_error("signing failed");
    return {reinterpret_cast<const char*>(signature.data()), length};
}

}  // namespace

std::string makeAssertion(const ServiceAccount& account, std::string_view audience,
                          std::int64_t issued_at_seconds) {
    std::string header = R"({"alg":"RS256","typ":"JWT","kid":)";
    kit::appendText(account.private_key_id, header);
    header += '}';
    std::string claims = R"({"iss":)";
    kit::appendText(account.client_email, claims);
    claims.append(R"(,"scope":")").append(kScope).append(R"(","aud":)");
    kit::appendText(audience, claims);
    claims += R"(,"iat":)";
    kit::appendNumber(issued_at_seconds, claims);
    claims += R"(,"exp":)";
    kit::appendNumber(issued_at_seconds + kLifeSeconds, claims);
    claims += '}';

    std::string token = kit::base64Url(header);
    token.append(".").append(kit::base64Url(claims));
    const std::string signature = signRs256(*account.key, token);
    return token.append(".").append(kit::base64Url(signature));
}

}  // namespace postbell::fcm
