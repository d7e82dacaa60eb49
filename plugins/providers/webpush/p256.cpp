// SPDX-License-Identifier: Apache-2.0
#include "p256.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/param_build.h>

#include <stdexcept>

namespace postbell::webpush {
namespace {

using ContextHandle = kit::Handle<EVP_PKEY_CTX, &EVP_PKEY_CTX_free>;
using ParamsHandle = kit::Handle<OSSL_PARAM, &OSSL_PARAM_free>;
using BuilderHandle = kit::Handle<OSSL_PARAM_BLD, &OSSL_PARAM_BLD_free>;
using NumberHandle = kit::Handle<BIGNUM, &BN_clear_free>;
using SignatureHandle = kit::Handle<ECDSA_SIG, &ECDSA_SIG_free>;

constexpr char kCurve[] = "prime256v1";  // OpenSSL's name of P-256
constexpr char kUncompressed = 4;

const unsigned char* bytesOf(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

kit::KeyHandle keyOf(std::string_view point, const BIGNUM* scalar) {
    const kit::ErrorQueueGuard errors;
    if (point.size() != kPointBytes || point.front() != kUncompressed) return nullptr;
    const BuilderHandle builder(OSSL_PARAM_BLD_new());
    if (!builder ||
        OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, kCurve, 0) !=
            1 ||
        OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                         point.size()) != 1 ||
        (scalar != nullptr &&
         OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, scalar) != 1))
        return nullptr;
    const ParamsHandle params(OSSL_PARAM_BLD_to_param(builder.get()));
    const ContextHandle context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
    EVP_PKEY* key = nullptr;
    const int selection = scalar != nullptr ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;
    if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &key, selection, params.get()) != 1)
        return nullptr;
    return kit::KeyHandle(key);
}

}  // namespace

kit::KeyHandle publicKeyOf(std::string_view point) {
    const kit::ErrorQueueGuard errors;
    kit::KeyHandle key = keyOf(point, nullptr);
    if (!key) return nullptr;
    const ContextHandle context(EVP_PKEY_CTX_new(key.get(), nullptr));
    if (!context || EVP_PKEY_public_check_quick(context.get()) != 1) return nullptr;
    return key;
}

kit::KeyHandle keyPairOf(std::string_view scalar, std::string_view point) {
    if (scalar.size() != kScalarBytes) return nullptr;
    const NumberHandle number(BN_bin2bn(bytesOf(scalar), static_cast<int>(scalar.size()), nullptr));
    kit::KeyHandle key = number ? keyOf(point, number.get()) : nullptr;
    if (!key || !isKeyPair(*key)) return nullptr;
    return key;
}

kit::KeyHandle newKeyPair() {
    const kit::ErrorQueueGuard errors;
    kit::KeyHandle key(EVP_EC_gen(kCurve));
    if (!key) throw std::runtime_error("OpenSSL makes no key on P-256");
    return key;
}

bool isKeyPair(EVP_PKEY& key) {
    const kit::ErrorQueueGuard errors;
    char curve[64] = "";
    if (EVP_PKEY_get_base_id(&key) != EVP_PKEY_EC ||
        EVP_PKEY_get_group_name(&key, curve, sizeof curve, nullptr) != 1 ||
        std::string_view(curve) != kCurve)
        return false;
    const ContextHandle context(EVP_PKEY_CTX_new(&key, nullptr));
    return context && EVP_PKEY_check(context.get()) == 1;
}

std::string pointOf(EVP_PKEY& key) {
    const kit::ErrorQueueGuard errors;
    std::string point(kPointBytes, '\0');
    std::size_t size = 0;
    // Uncompressed, however the key's own file writes it.
    if (EVP_PKEY_get_octet_string_param(&key, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY,
                                        reinterpret_cast<unsigned char*>(point.data()),
                                        point.size(), &size) != 1 ||
        size != kPointBytes)
        throw std::runtime_error("this is no key on P-256");
    return point;
}

std::string sharedSecret(EVP_PKEY& own, EVP_PKEY& peer) {
    const kit::ErrorQueueGuard errors;
    const ContextHandle context(EVP_PKEY_CTX_new(&own, nullptr));
    std::string secret(kScalarBytes, '\0');
    std::size_t size = secret.size();
    if (!context || EVP_PKEY_derive_init(context.get()) != 1 ||
        EVP_PKEY_derive_set_peer(context.get(), &peer) != 1 ||
        EVP_PKEY_derive(context.get(), reinterpret_cast<unsigned char*>(secret.data()), &size) !=
            1 ||
        size != secret.size())
        throw std::runtime_error("OpenSSL derives no shared secret");
    return secret;
}

std::string signEs256(EVP_PKEY& key, std::string_view message) {
    const kit::ErrorQueueGuard errors;
    const kit::DigestHandle digest(EVP_MD_CTX_new());
    unsigned char der[128];
    std::size_t length = sizeof der;
    if (!digest || EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, &key) != 1 ||
        EVP_DigestSign(digest.get(), der, &length, bytesOf(message), message.size()) != 1)
        throw std::runtime_error("signing failed");
    const unsigned char* at = der;
    const SignatureHandle signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(length)));
    constexpr int kSize = static_cast<int>(kScalarBytes);
    unsigned char raw[2 * kScalarBytes];
    if (!signature || BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), raw, kSize) < 0 ||
        BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), raw + kSize, kSize) < 0)
        throw std::runtime_error("signing failed");
    return {reinterpret_cast<const char*>(raw), sizeof raw};
}

}  // namespace postbell::webpush
