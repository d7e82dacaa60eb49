// SPDX-License-Identifier: Apache-2.0
#include "signing_key.h"

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/pem.h>

#include <algorithm>
#include <stdexcept>

namespace postbell::apns {
namespace {

constexpr std::size_t kIdLength = 10;
constexpr int kScalarBytes = 32;
constexpr char kNotEc[] =
    "This is not an EC key, and APNs signing keys are EC keys on P-256. Upload the AuthKey_....p8 "
    "file that Apple's developer site gave for APNs.";

KeyHandle decodeKey(std::string_view content) {
    if (content.front() == 0x30) {
        const auto* const begin = reinterpret_cast<const unsigned char*>(content.data());
        const auto size = static_cast<long>(content.size());
        for (const int kind : {EVP_PKEY_EC, EVP_PKEY_RSA, EVP_PKEY_ED25519}) {
            const unsigned char* at = begin;
            if (KeyHandle key{d2i_PrivateKey(kind, nullptr, &at, size)}) return key;
        }
        return nullptr;
    }
    const BioHandle reader = readerOf(content);
    return KeyHandle(PEM_read_bio_PrivateKey(reader.get(), nullptr, noPassword, nullptr));
}

bool isQuick(std::string_view content) {
    if (content.front() != 0x30) return areQuickToRead(content);
    return isQuickToRead(reinterpret_cast<const unsigned char*>(content.data()),
                         static_cast<long>(content.size()));
}

std::string curveOf(const EVP_PKEY& key) {
    char name[64] = "";
    std::size_t length = 0;
    return EVP_PKEY_get_group_name(&key, name, sizeof name, &length) == 1 ? name : "";
}

std::string idProblem(std::string_view setting, std::string_view value, std::string_view where) {
    const std::string name(setting);
    const std::string place(where);
    if (value.empty())
        return "The setting " + name + " is missing: 10 letters and digits, shown " + place + ".";
    const bool good =
        value.size() == kIdLength && std::all_of(value.begin(), value.end(), [](char c) {
            return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
        });
    if (good) return {};
    return "The setting " + name +
           " must have exactly 10 characters, capital letters and digits; copy it from where it is "
           "shown: " +
           place + ".";
}

}  // namespace

SigningKeyFile readSigningKey(std::string_view content) {
    const ErrorQueueGuard errors;
    if (!isQuick(content)) return {nullptr, kNotEc};
    KeyHandle key = decodeKey(content);
    if (!key)
        return {nullptr,
                "The file looks like a private key but is damaged: it cannot be read. Upload the "
                "AuthKey_....p8 file "
                "unchanged, as Apple's developer site gave it."};
    if (EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_RSA)
        return {nullptr,
                "This is an RSA key, and APNs signing keys are EC keys on P-256. It probably "
                "belongs to a "
                "certificate: upload the .p12 that holds both, or create a key for APNs on Apple's "
                "developer site and "
                "upload its AuthKey_....p8 file."};
    if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_EC) return {nullptr, kNotEc};
    const std::string curve = curveOf(*key);
    if (curve != "prime256v1")
        return {nullptr, "This EC key is on the curve " +
                             (curve.empty() ? std::string("of its own parameters") : curve) +
                             ", and APNs signing keys are on P-256. Upload the AuthKey_....p8 file "
                             "that Apple's developer "
                             "site gave for APNs."};
    // A file may carry any public half. Tokens are shared by it, and another team's is no secret.
    if (!belongTogether(*key))
        return {nullptr,
                "The private and the public half in this file belong to different keys. Upload the "
                "AuthKey_....p8 file unchanged, as Apple's developer site gave it."};
    return {std::move(key), {}};
}

std::string checkKeySettings(std::string_view key_id, std::string_view team_id) {
    std::string problem =
        idProblem("key-id", key_id,
                  "beside the key on Apple's developer site under Keys, and in the file's name "
                  "AuthKey_<key-id>.p8");
    if (problem.empty())
        problem =
            idProblem("team-id", team_id, "on Apple's developer site under Membership details");
    if (problem.empty() && key_id == team_id)
        problem =
            "The settings key-id and team-id are the same. The key's id is in the file's name, "
            "AuthKey_<key-id>.p8; "
            "the team's is on Apple's developer site under Membership details.";
    return problem;
}

std::string signEs256(EVP_PKEY& key, std::string_view message) {
    const ErrorQueueGuard errors;
    using SignatureHandle = Handle<ECDSA_SIG, &ECDSA_SIG_free>;
    const DigestHandle digest(EVP_MD_CTX_new());
    unsigned char der[128];
    std::size_t length = sizeof der;
    if (!digest || EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, &key) != 1 ||
        EVP_DigestSign(digest.get(), der, &length,
                       reinterpret_cast<const unsigned char*>(message.data()), message.size()) != 1)
        throw std::runtime_error("signing failed");
    const unsigned char* at = der;
    const SignatureHandle signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(length)));
    unsigned char raw[2 * kScalarBytes];
    if (!signature || BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), raw, kScalarBytes) < 0 ||
        BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), raw + kScalarBytes, kScalarBytes) < 0)
        throw std::runtime_error("signing failed");
    return {reinterpret_cast<const char*>(raw), sizeof raw};
}

}  // namespace postbell::apns
