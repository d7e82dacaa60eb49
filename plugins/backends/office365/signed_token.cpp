// SPDX-License-Identifier: Apache-2.0
#include "signed_token.h"

#include <nlohmann/json.hpp>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "postbell/kit/base64url.hpp"
#include "postbell/kit/openssl.hpp"
#include "postbell/kit/private_key.hpp"

namespace postbell::office365 {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxTokenBytes = 16 * 1024;
constexpr int kMinKeyBits = 2048;
constexpr std::size_t kMaxKeys = 100;

using Bignum = kit::Handle<BIGNUM, &BN_free>;
using ParamBuilder = kit::Handle<OSSL_PARAM_BLD, &OSSL_PARAM_BLD_free>;
using Params = kit::Handle<OSSL_PARAM, &OSSL_PARAM_free>;
using KeyContext = kit::Handle<EVP_PKEY_CTX, &EVP_PKEY_CTX_free>;

json object(const std::optional<std::string>& text) {
    if (!text) return nullptr;
    json value = json::parse(*text, nullptr, false);
    return value.is_object() ? value : json(nullptr);
}

std::string textOf(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Bignum bignum(const json& key, const char* name) {
    const auto bytes = kit::decodeBase64Url(textOf(key, name));
    if (!bytes || bytes->empty() || bytes->size() > kit::kMaxRsaBits / 8 + 1) return nullptr;
    return Bignum(BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes->data()),
                            static_cast<int>(bytes->size()), nullptr));
}

PublicKey makeKey(const json& jwk) {
    const Bignum n = bignum(jwk, "n");
    const Bignum e = bignum(jwk, "e");
    if (!n || !e || BN_num_bits(n.get()) < kMinKeyBits || BN_num_bits(n.get()) > kit::kMaxRsaBits ||
        BN_num_bits(e.get()) > kit::kMaxRsaExponentBits)
        return nullptr;
    const ParamBuilder builder(OSSL_PARAM_BLD_new());
    if (!builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1)
        return nullptr;
    const Params params(OSSL_PARAM_BLD_to_param(builder.get()));
    const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
    EVP_PKEY* key = nullptr;
    if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1)
        return nullptr;
    return PublicKey(key, EVP_PKEY_free);
}

}  // namespace

std::string SignedToken::text(const char* claim) const {
    return textOf(claims, claim);
}

std::optional<SignedToken> parseToken(std::string_view token) {
    if (token.size() > kMaxTokenBytes) return std::nullopt;
    const std::size_t first = token.find('.');
    const std::size_t second = first == token.npos ? token.npos : token.find('.', first + 1);
    if (second == token.npos || token.find('.', second + 1) != token.npos) return std::nullopt;
    const json header = object(kit::decodeBase64Url(token.substr(0, first)));
    // A header that must be understood (`crit`) is not.
    if (!header.is_object() || textOf(header, "alg") != "RS256" || header.contains("crit"))
        return std::nullopt;
    SignedToken parsed;
    parsed.claims = object(kit::decodeBase64Url(token.substr(first + 1, second - first - 1)));
    const auto signature = kit::decodeBase64Url(token.substr(second + 1));
    if (!parsed.claims.is_object() || !signature || signature->empty()) return std::nullopt;
    parsed.key_id = textOf(header, "kid");
    parsed.signed_part = token.substr(0, second);
    parsed.signature = *signature;
    return parsed;
}

std::map<std::string, PublicKey> parseKeys(const json& set) {
    std::map<std::string, PublicKey> keys;
    const auto listed = set.is_object() ? set.find("keys") : set.end();
    if (!set.is_object() || listed == set.end() || !listed->is_array()) return keys;
    for (const json& jwk : *listed) {
        if (!jwk.is_object() || textOf(jwk, "kty") != "RSA" || keys.size() == kMaxKeys) continue;
        const std::string use = textOf(jwk, "use");
        const std::string id = textOf(jwk, "kid");
        if (id.empty() || (!use.empty() && use != "sig")) continue;
        if (PublicKey key = makeKey(jwk)) keys.emplace(id, std::move(key));
    }
    return keys;
}

bool verifies(const SignedToken& token, EVP_PKEY& key) {
    const kit::DigestHandle context(EVP_MD_CTX_new());
    return context &&
           EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, &key) == 1 &&
           EVP_DigestVerify(context.get(),
                            reinterpret_cast<const unsigned char*>(token.signature.data()),
                            token.signature.size(),
                            reinterpret_cast<const unsigned char*>(token.signed_part.data()),
                            token.signed_part.size()) == 1;
}

}  // namespace postbell::office365
