// SPDX-License-Identifier: Apache-2.0
#include "util/crypto.h"

#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "util/codec.h"
#include "util/openssl.h"

namespace postbell::util {
namespace {

constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;

const unsigned char* in(std::string_view s) {
    return reinterpret_cast<const unsigned char*>(s.data());
}
unsigned char* out(std::string& s, std::size_t offset = 0) {
    return reinterpret_cast<unsigned char*>(s.data()) + offset;
}
void require(bool ok, const char* what) {
    if (!ok) throw std::runtime_error(what);
}

// Looked up once: OpenSSL 3 looks through its providers each time that it gets an algorithm by
// name, and that takes longer than to hash a token.
const EVP_MD* sha256Algorithm() {
    static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    return algorithm;
}
const EVP_CIPHER* aesGcmAlgorithm() {
    static const EVP_CIPHER* const algorithm = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
    return algorithm;
}

/// Kept by each thread, ready for a key and a nonce: to make one takes half as long as to open a
/// token.
EVP_CIPHER_CTX* aesGcmContext() {
    static thread_local OpenSslPtr<EVP_CIPHER_CTX> context;
    if (context) return context.get();
    OpenSslPtr<EVP_CIPHER_CTX> made(EVP_CIPHER_CTX_new());
    require(made != nullptr &&
                EVP_EncryptInit_ex(made.get(), aesGcmAlgorithm(), nullptr, nullptr, nullptr) == 1,
            "AES-256-GCM cannot be used");
    context = std::move(made);
    return context.get();
}

}  // namespace

std::string sha256(std::string_view data) {
    std::string digest(SHA256_DIGEST_LENGTH, '\0');
    require(
        EVP_Digest(data.data(), data.size(), out(digest), nullptr, sha256Algorithm(), nullptr) == 1,
        "SHA-256 failed");
    return digest;
}

std::string hmacSha256(std::string_view key, std::string_view data) {
    std::string digest(SHA256_DIGEST_LENGTH, '\0');
    unsigned length = 0;
    require(HMAC(sha256Algorithm(), key.data(), static_cast<int>(key.size()), in(data), data.size(),
                 out(digest), &length) != nullptr,
            "HMAC failed");
    return digest;
}

std::string randomBytes(std::size_t count) {
    std::string bytes(count, '\0');
    require(RAND_bytes(out(bytes), static_cast<int>(count)) == 1, "no random bytes to be had");
    return bytes;
}

std::string randomToken() {
    return base64UrlEncode(randomBytes(32));
}
std::string randomId() {
    std::string id;
    do {
        id = base64UrlEncode(randomBytes(16));
    } while (id.front() == '-');
    return id;
}

bool equalConstantTime(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string aesGcmSeal(std::string_view key, std::string_view plain, std::string_view context) {
    require(key.size() == 32, "the sealing key must have 32 bytes");
    std::string sealed = randomBytes(kNonceBytes);
    sealed.resize(kNonceBytes + plain.size() + kTagBytes);
    EVP_CIPHER_CTX* const cipher = aesGcmContext();
    int length = 0;
    const bool ok =
        EVP_EncryptInit_ex(cipher, nullptr, nullptr, in(key), in(sealed)) == 1 &&
        EVP_EncryptUpdate(cipher, nullptr, &length, in(context),
                          static_cast<int>(context.size())) == 1 &&
        EVP_EncryptUpdate(cipher, out(sealed, kNonceBytes), &length, in(plain),
                          static_cast<int>(plain.size())) == 1 &&
        EVP_EncryptFinal_ex(cipher, out(sealed, kNonceBytes + plain.size()), &length) == 1 &&
        EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_GET_TAG, static_cast<int>(kTagBytes),
                            out(sealed, kNonceBytes + plain.size())) == 1;
    require(ok, "sealing failed");
    return sealed;
}

std::string aesGcmOpen(std::string_view key, std::string_view sealed, std::string_view context) {
    require(key.size() == 32, "the sealing key must have 32 bytes");
    require(sealed.size() >= kNonceBytes + kTagBytes, "a sealed value is too short");
    const std::size_t plain_size = sealed.size() - kNonceBytes - kTagBytes;
    std::string plain(plain_size, '\0');
    std::array<unsigned char, kTagBytes> tag{};  // which OpenSSL wants to be able to write
    std::copy_n(in(sealed.substr(kNonceBytes + plain_size)), kTagBytes, tag.begin());
    EVP_CIPHER_CTX* const cipher = aesGcmContext();
    int length = 0;
    const bool ok = EVP_DecryptInit_ex(cipher, nullptr, nullptr, in(key), in(sealed)) == 1 &&
                    EVP_DecryptUpdate(cipher, nullptr, &length, in(context),
                                      static_cast<int>(context.size())) == 1 &&
                    EVP_DecryptUpdate(cipher, out(plain), &length, in(sealed.substr(kNonceBytes)),
                                      static_cast<int>(plain_size)) == 1 &&
                    EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_SET_TAG, static_cast<int>(kTagBytes),
                                        tag.data()) == 1 &&
                    EVP_DecryptFinal_ex(cipher, out(plain, plain_size), &length) == 1;
    require(ok, "a sealed value does not open: another master key, or it was changed");
    return plain;
}

}  // namespace postbell::util
