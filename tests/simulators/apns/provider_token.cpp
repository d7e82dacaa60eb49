// SPDX-License-Identifier: Apache-2.0
#include "provider_token.h"

#include <openssl/pem.h>

#include <array>
#include <nlohmann/json.hpp>

namespace apns_simulator {

namespace {

constexpr std::size_t kCoordinateSize = 32;  // ES256: RFC 7518, 3.4

// base64url without padding (RFC 7515, section 2); padding, '+' and '/' are refused.
std::optional<std::string> decodeBase64url(std::string_view text) {
    if (text.size() % 4 == 1) return std::nullopt;
    std::string bytes;
    bytes.reserve(text.size() * 3 / 4);
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : text) {
        std::uint32_t value = 0;
        if (c >= 'A' && c <= 'Z')
            value = static_cast<std::uint32_t>(c - 'A');
        else if (c >= 'a' && c <= 'z')
            value = static_cast<std::uint32_t>(c - 'a' + 26);
        else if (c >= '0' && c <= '9')
            value = static_cast<std::uint32_t>(c - '0' + 52);
        else if (c == '-')
            value = 62;
        else if (c == '_')
            value = 63;
        else
            return std::nullopt;
        bits = bits << 6 | value;
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes.push_back(static_cast<char>(bits >> count & 0xff));
        }
    }
    if ((bits & ((1U << count) - 1)) != 0) return std::nullopt;
    return bytes;
}

std::optional<nlohmann::json> decodeObject(std::string_view part) {
    const auto text = decodeBase64url(part);
    if (!text) return std::nullopt;
    auto object = nlohmann::json::parse(*text, nullptr, false);
    if (!object.is_object()) return std::nullopt;
    return object;
}

std::string stringOf(const nlohmann::json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

EvpPkeyPtr readPublicKey(const std::string& pem) {
    std::string no_password;  // given, so that OpenSSL does not ask the terminal for one
    const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    EvpPkeyPtr key(pem.find("PUBLIC KEY") != std::string::npos
                       ? PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr)
                       : PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, no_password.data()));
    std::array<char, 64> group{};
    if (!key || !EVP_PKEY_is_a(key.get(), "EC") ||
        EVP_PKEY_get_group_name(key.get(), group.data(), group.size(), nullptr) != 1 ||
        std::string_view(group.data()) != "prime256v1")
        return nullptr;
    return key;
}

std::optional<ProviderToken> parseProviderToken(std::string_view jwt) {
    const auto first = jwt.find('.');
    const auto second = first == jwt.npos ? jwt.npos : jwt.find('.', first + 1);
    if (second == jwt.npos || jwt.find('.', second + 1) != jwt.npos) return std::nullopt;
    const auto header = decodeObject(jwt.substr(0, first));
    const auto claims = decodeObject(jwt.substr(first + 1, second - first - 1));
    auto signature = decodeBase64url(jwt.substr(second + 1));
    if (!header || !claims || !signature) return std::nullopt;

    ProviderToken token;
    token.key_id = stringOf(*header, "kid");
    token.issuer = stringOf(*claims, "iss");
    const auto issued_at = claims->find("iat");
    if (stringOf(*header, "alg") != "ES256" || token.key_id.empty() || token.issuer.empty() ||
        issued_at == claims->end() || !issued_at->is_number_integer() ||
        signature->size() != 2 * kCoordinateSize)
        return std::nullopt;
    token.issued_at = issued_at->get<std::int64_t>();
    token.signed_part = jwt.substr(0, second);
    token.signature = std::move(*signature);
    return token;
}

bool verifySignature(const ProviderToken& token, const SigningKey& key) {
    const auto* raw = reinterpret_cast<const unsigned char*>(token.signature.data());
    const EcdsaSigPtr signature(ECDSA_SIG_new());
    BIGNUM* r = BN_bin2bn(raw, kCoordinateSize, nullptr);
    BIGNUM* s = BN_bin2bn(raw + kCoordinateSize, kCoordinateSize, nullptr);
    ECDSA_SIG_set0(signature.get(), r, s);
    unsigned char* der = nullptr;
    const int der_size = i2d_ECDSA_SIG(signature.get(), &der);
    const EvpMdCtxPtr context(EVP_MD_CTX_new());
    const bool good =
        der_size > 0 &&
        EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.public_key.get()) ==
            1 &&
        EVP_DigestVerify(context.get(), der, static_cast<std::size_t>(der_size),
                         reinterpret_cast<const unsigned char*>(token.signed_part.data()),
                         token.signed_part.size()) == 1;
    OPENSSL_free(der);
    return good;
}

}  // namespace apns_simulator
