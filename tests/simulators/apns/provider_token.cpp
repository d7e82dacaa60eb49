// SPDX-License-Identifier: Apache-2.0
#include "provider_token.h"

#include <openssl/pem.h>

#include <array>

#include "jwt.h"

namespace apns_simulator {

using namespace http2_simulator;

namespace {

constexpr std::size_t kCoordinateSize = 32;  // ES256: RFC 7518, 3.4

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
    auto parts = parseJwt(jwt);
    if (!parts) return std::nullopt;

    ProviderToken token;
    token.key_id = jwtText(parts->header, "kid");
    token.issuer = jwtText(parts->claims, "iss");
    const auto issued_at = parts->claims.find("iat");
    if (jwtText(parts->header, "alg") != "ES256" || token.key_id.empty() || token.issuer.empty() ||
        issued_at == parts->claims.end() || !issued_at->is_number_integer() ||
        parts->signature.size() != 2 * kCoordinateSize)
        return std::nullopt;
    token.issued_at = issued_at->get<std::int64_t>();
    token.signed_part = parts->signed_part;
    token.signature = std::move(parts->signature);
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
