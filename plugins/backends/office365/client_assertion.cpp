// SPDX-License-Identifier: Apache-2.0
#include "client_assertion.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include <array>
#include <vector>

#include <nlohmann/json.hpp>

#include "postbell/kit/base64url.hpp"
#include "postbell/kit/openssl.hpp"
#include "postbell/kit/private_key.hpp"
#include "postbell/plugin.hpp"

namespace postbell::office365 {
namespace {

constexpr std::int64_t kLifetimeSeconds = 600;

std::string thumbprint(X509& certificate) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    // Entra ID names certificates by their SHA-1 (header x5t); no trust rests on it.
    if (X509_digest(&certificate, EVP_sha1(), digest.data(), &size) != 1)
        throw InvalidInput("the certificate in certificate_file cannot be read");
    return kit::base64Url({reinterpret_cast<const char*>(digest.data()), size});
}

std::string sign(std::string_view text, EVP_PKEY& key) {
    const kit::DigestHandle context(EVP_MD_CTX_new());
    std::size_t size = 0;
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    if (!context || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, &key) != 1 ||
        EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) != 1)
        throw std::runtime_error("OpenSSL cannot sign");
    std::string signature(size, '\0');
    if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                       bytes, text.size()) != 1)
        throw std::runtime_error("OpenSSL cannot sign");
    signature.resize(size);
    return signature;
}

std::string randomId() {
    std::array<unsigned char, 16> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
        throw std::runtime_error("OpenSSL has no random numbers");
    return kit::base64Url({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace

std::string clientAssertion(std::string_view pem, std::string_view client_id,
                            std::string_view audience, std::int64_t now_ms) {
    if (!kit::areQuickToRead(pem))
        throw InvalidInput("the private key in certificate_file is not an RSA key");
    const kit::KeyHandle key(
        PEM_read_bio_PrivateKey(kit::readerOf(pem).get(), nullptr, kit::noPassword, nullptr));
    if (!key)
        throw InvalidInput(
            "certificate_file holds no private key without a password (PEM, \"BEGIN PRIVATE "
            "KEY\")");
    if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA)
        throw InvalidInput("the private key in certificate_file is not an RSA key");
    if (!kit::isQuickToUse(*key))
        throw InvalidInput(
            "the private key in certificate_file takes too long to sign with: at most 4096 bits, "
            "and the public exponent 65537, are expected");
    const kit::CertificateHandle certificate(
        PEM_read_bio_X509(kit::readerOf(pem).get(), nullptr, kit::noPassword, nullptr));
    if (!certificate)
        throw InvalidInput("certificate_file holds no certificate (PEM, \"BEGIN CERTIFICATE\")");
    if (X509_check_private_key(certificate.get(), key.get()) != 1)
        throw InvalidInput("the private key in certificate_file is not that of its certificate");
    const nlohmann::json header = {
        {"alg", "RS256"}, {"typ", "JWT"}, {"x5t", thumbprint(*certificate)}};
    const std::int64_t now = now_ms / 1000;
    // nbf lies back a little: a gateway's clock that is ahead is no reason to be refused.
    const nlohmann::json claims = {{"aud", audience},  {"iss", client_id},
                                   {"sub", client_id}, {"jti", randomId()},
                                   {"nbf", now - 120}, {"exp", now + kLifetimeSeconds}};
    const std::string signed_part =
        kit::base64Url(header.dump()) + "." + kit::base64Url(claims.dump());
    return signed_part + "." + kit::base64Url(sign(signed_part, *key));
}

}  // namespace postbell::office365
