// SPDX-License-Identifier: Apache-2.0
// Google, "Using OAuth 2.0 for server to server applications"; RFC 7523; RFC 6749, 5.2.
#include "token_endpoint.h"

#include <map>
#include <nlohmann/json.hpp>

#include "jwt.h"

namespace fcm_simulator {

using namespace http2_simulator;
using nlohmann::json;

namespace {

constexpr const char* kGrantType = "urn:ietf:params:oauth:grant-type:jwt-bearer";
constexpr std::string_view kScope = "https://www.googleapis.com/auth/firebase.messaging";
constexpr std::int64_t kMaxLife = 3600;
constexpr double kClockLeeway = 60;

Verdict refuse(const char* error, const char* description, int status = 400) {
    Verdict verdict;
    verdict.status = status;
    verdict.reason = error;
    verdict.note = description;
    verdict.body = json{{"error", error}, {"error_description", description}}.dump();
    return verdict;
}

int hexValue(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::optional<std::string> decodeForm(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i] == '+' ? ' ' : text[i];
            continue;
        }
        if (i + 2 >= text.size()) return std::nullopt;
        const int high = hexValue(text[i + 1]);
        const int low = hexValue(text[i + 2]);
        if (high < 0 || low < 0) return std::nullopt;
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

std::map<std::string, std::string> parseForm(std::string_view body) {
    std::map<std::string, std::string> form;
    while (!body.empty()) {
        const std::string_view pair = body.substr(0, body.find('&'));
        body.remove_prefix(std::min(body.size(), pair.size() + 1));
        const auto equals = std::min(pair.find('='), pair.size());
        const auto name = decodeForm(pair.substr(0, equals));
        const auto value = decodeForm(pair.substr(std::min(pair.size(), equals + 1)));
        if (name && value) form[*name] = *value;
    }
    return form;
}

bool verifies(const Jwt& jwt, EVP_PKEY* key) {
    const EvpMdCtxPtr context(EVP_MD_CTX_new());
    return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
           EVP_DigestVerify(
               context.get(), reinterpret_cast<const unsigned char*>(jwt.signature.data()),
               jwt.signature.size(), reinterpret_cast<const unsigned char*>(jwt.signed_part.data()),
               jwt.signed_part.size()) == 1;
}

bool hasScope(std::string_view scopes) {
    while (!scopes.empty()) {
        const std::string_view scope = scopes.substr(0, scopes.find(' '));
        if (scope == kScope) return true;
        scopes.remove_prefix(std::min(scopes.size(), scope.size() + 1));
    }
    return false;
}

std::optional<Verdict> refuseTimes(const json& claims, double now) {
    const auto issued = claims.find("iat");
    const auto expires = claims.find("exp");
    if (issued == claims.end() || !issued->is_number_integer() || expires == claims.end() ||
        !expires->is_number_integer())
        return refuse("invalid_grant", "Invalid JWT: iat and exp must be numbers.");
    const auto iat = issued->get<std::int64_t>();
    const auto exp = expires->get<std::int64_t>();
    if (exp - iat > kMaxLife || exp <= iat || static_cast<double>(iat) > now + kClockLeeway ||
        static_cast<double>(exp) < now - kClockLeeway)
        return refuse("invalid_grant",
                      "Invalid JWT: Token must be a short-lived token (60 minutes) and in a "
                      "reasonable timeframe. Check your iat and exp values in the JWT claim.");
    return std::nullopt;
}

}  // namespace

Verdict answerTokenRequest(const Request& request, Registry& registry, const Moment& now) {
    if (request[Header::Method] != "POST") return refuse("invalid_request", "not POST", 405);
    const std::string& type = request[Header::ContentType];
    if (!type.starts_with("application/x-www-form-urlencoded"))
        return refuse("invalid_request", "Content-Type must be application/x-www-form-urlencoded");
    const auto form = parseForm(request.payload());
    const auto grant_type = form.find("grant_type");
    if (grant_type == form.end() || grant_type->second != kGrantType)
        return refuse("unsupported_grant_type", "Invalid grant_type");
    const auto assertion = form.find("assertion");
    if (assertion == form.end()) return refuse("invalid_request", "Missing assertion");
    const auto jwt = parseJwt(assertion->second);
    if (!jwt || jwtText(jwt->header, "alg") != "RS256")
        return refuse("invalid_grant", "Invalid JWT: Failed to parse.");

    const auto account = registry.findAccount(jwtText(jwt->claims, "iss"));
    if (!account) return refuse("invalid_grant", "Invalid grant: account not found");
    if (jwtText(jwt->header, "kid") != account->key_id ||
        !verifies(*jwt, account->public_key.get()))
        return refuse("invalid_grant", "Invalid JWT Signature.");
    // The address that the client came to stands for https://oauth2.googleapis.com/token.
    if (jwtText(jwt->claims, "aud") != "https://" + request[Header::Authority] + "/token")
        return refuse("invalid_grant", "Invalid JWT: aud is not the token endpoint.");
    if (!hasScope(jwtText(jwt->claims, "scope")))
        return refuse("invalid_scope", "Invalid OAuth scope or ID token audience provided.");
    if (auto refusal = refuseTimes(jwt->claims, now.simulated_unix)) return *refusal;

    Verdict verdict;
    const std::int64_t life = registry.policy().token_life_seconds;
    verdict.body = json{
        {"access_token", registry.issue(account, now.simulated_unix)},
        {"expires_in", life - 1},
        {"token_type",
         "Bearer"}}.dump();
    return verdict;
}

}  // namespace fcm_simulator
