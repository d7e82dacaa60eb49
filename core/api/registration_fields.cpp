// SPDX-License-Identifier: Apache-2.0
#include "api/registration_fields.h"

#include <nlohmann/json.hpp>

#include <limits>

#include "store/records/environment.h"
#include "util/codec.h"
#include "util/crypto.h"
#include "web/fields.h"

namespace postbell::api {

std::string hashField(const nlohmann::json& body, const char* name) {
    const std::string text = web::requiredText(body, name, 4096);
    if (text.find('@') != std::string::npos)
        web::refuse(name,
                    "must be the SHA-256 of the address in lower case (64 hex digits), not the "
                    "address itself: the gateway is never to know whose mail it is");
    const auto bytes = util::hexDecode(text);
    if (text.size() != 64 || !bytes) web::refuse(name, "must be a SHA-256 as 64 hex digits");
    return util::hexEncode(*bytes);
}

store::Environment environmentField(const nlohmann::json& body) {
    const auto text = web::optionalText(body, "environment", 32);
    if (!text) return store::Environment::None;
    if (const auto environment = store::environmentNamed(*text)) return *environment;
    web::refuse("environment", "must be \"production\" or \"sandbox\"");
}

std::int32_t countField(const nlohmann::json& body, const char* name) {
    const auto count = web::optionalNumber(body, name, std::numeric_limits<std::int32_t>::max());
    return count ? static_cast<std::int32_t>(*count) : store::kUnknownCount;
}

const provider::Provider& providerOf(const provider::ProviderHost& providers,
                                     const std::string& platform) {
    const provider::Provider* provider = providers.forPlatform(platform);
    if (provider == nullptr)
        throw web::Problem(503, "no enabled provider serves platform " + platform);
    return *provider;
}

std::string tokenHash(const std::string& token) {
    return util::hexEncode(util::sha256(token));
}

provider::TokenCheck checkedToken(const provider::Provider& provider, const std::string& token) {
    provider::TokenCheck check = provider.checkToken(token);
    if (check.failed) throw web::Problem(503, check.problem);
    if (!check.problem.empty()) throw web::Problem(400, "\"device_token\": " + check.problem);
    return check;
}

}  // namespace postbell::api
