// SPDX-License-Identifier: Apache-2.0
#include "fake_login.h"

#include <nlohmann/json.hpp>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include <stdexcept>

namespace postbell::test {

using nlohmann::json;

std::string base64Url(std::string_view bytes) {
    std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(size));
    while (!text.empty() && text.back() == '=') text.pop_back();
    for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
    return text;
}

FakeLogin::FakeLogin(std::string key_id, unsigned bits)
    : key_id_(std::move(key_id)), key_(EVP_RSA_gen(bits), EVP_PKEY_free) {}

std::string FakeLogin::number(const char* name) const {
    BIGNUM* value = nullptr;
    if (EVP_PKEY_get_bn_param(key_.get(), name, &value) != 1) throw std::runtime_error("no key");
    std::string bytes(static_cast<std::size_t>(BN_num_bytes(value)), '\0');
    BN_bn2bin(value, reinterpret_cast<unsigned char*>(bytes.data()));
    BN_free(value);
    return bytes;
}

std::string FakeLogin::keys() const {
    const json jwk = {{"kty", "RSA"},
                      {"use", "sig"},
                      {"kid", key_id_},
                      {"n", base64Url(number(OSSL_PKEY_PARAM_RSA_N))},
                      {"e", base64Url(number(OSSL_PKEY_PARAM_RSA_E))}};
    return json{{"keys", {jwk}}}.dump();
}

std::string FakeLogin::sign(const json& claims, const json& header) const {
    json head = {{"typ", "JWT"}, {"alg", "RS256"}, {"kid", key_id_}};
    if (header.is_object()) head.update(header);
    const std::string text = base64Url(head.dump()) + "." + base64Url(claims.dump());
    const std::shared_ptr<EVP_MD_CTX> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    std::string signature(1024, '\0');
    std::size_t size = signature.size();
    if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1 ||
        EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                       reinterpret_cast<const unsigned char*>(text.data()), text.size()) != 1)
        throw std::runtime_error("not signed");
    signature.resize(size);
    return text + "." + base64Url(signature);
}

std::string FakeLogin::signWithPublicKey(const json& claims) const {
    const json head = {{"typ", "JWT"}, {"alg", "HS256"}, {"kid", key_id_}};
    const std::string text = base64Url(head.dump()) + "." + base64Url(claims.dump());
    const std::string secret = number(OSSL_PKEY_PARAM_RSA_N);
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac, &size);
    return text + "." + base64Url({reinterpret_cast<const char*>(mac), size});
}

}  // namespace postbell::test
