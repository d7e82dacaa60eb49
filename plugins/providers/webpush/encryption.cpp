// SPDX-License-Identifier: Apache-2.0
#include "encryption.h"

#include <openssl/rand.h>

#include <stdexcept>

#include "p256.h"
#include "postbell/kit/hmac.hpp"

namespace postbell::webpush {
namespace {

using CipherHandle = kit::Handle<EVP_CIPHER_CTX, &EVP_CIPHER_CTX_free>;
using namespace std::string_view_literals;

// Longer than any record here: one record is all there may be (RFC 8291, 4).
constexpr std::string_view kRecordSize = "\x00\x00\x10\x00"sv;  // 4096
constexpr char kLastRecord = 2;                                 // RFC 8188, 2: the delimiter
constexpr std::size_t kKeyBytes = 16, kNonceBytes = 12, kTagBytes = 16;

std::string joined(std::initializer_list<std::string_view> parts) {
    std::string all;
    for (const std::string_view part : parts) all.append(part);
    return all;
}

/// HKDF (RFC 5869) for results of one block: `info` has the block's number, 1, at its end.
std::string hkdf(std::string_view salt, std::string_view input, std::string_view info,
                 std::size_t bytes) {
    return kit::hmacSha256(kit::hmacSha256(salt, input), info).substr(0, bytes);
}

struct ContentKeys {
    std::string key, nonce;
};

/// RFC 8291, 3.3 and 3.4.
ContentKeys contentKeys(const Subscription& subscription, const Fresh& fresh,
                        std::string_view own_point) {
    const std::string secret = sharedSecret(*fresh.key, *subscription.key);
    const std::string input =
        hkdf(subscription.secret, secret,
             joined({"WebPush: info\0"sv, subscription.point, own_point, "\1"sv}), 32);
    const std::string_view salt(fresh.salt.data(), fresh.salt.size());
    return {hkdf(salt, input, "Content-Encoding: aes128gcm\0\1"sv, kKeyBytes),
            hkdf(salt, input, "Content-Encoding: nonce\0\1"sv, kNonceBytes)};
}

unsigned char* bytesOf(std::string& text, std::size_t at) {
    return reinterpret_cast<unsigned char*>(text.data()) + at;
}

/// Encrypts what is behind `begin` in place, and appends the tag.
void seal(const ContentKeys& keys, std::size_t begin, std::string& body) {
    const kit::ErrorQueueGuard errors;
    const int size = static_cast<int>(body.size() - begin);
    const std::size_t end = body.size();
    body.resize(end + kTagBytes);
    const CipherHandle cipher(EVP_CIPHER_CTX_new());
    int written = 0, rest = 0;
    if (!cipher ||
        EVP_EncryptInit_ex(cipher.get(), EVP_aes_128_gcm(), nullptr,
                           reinterpret_cast<const unsigned char*>(keys.key.data()),
                           reinterpret_cast<const unsigned char*>(keys.nonce.data())) != 1 ||
        EVP_EncryptUpdate(cipher.get(), bytesOf(body, begin), &written, bytesOf(body, begin),
                          size) != 1 ||
        EVP_EncryptFinal_ex(cipher.get(), bytesOf(body, end), &rest) != 1 ||
        EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, static_cast<int>(kTagBytes),
                            bytesOf(body, end)) != 1 ||
        written != size)
        throw std::runtime_error("OpenSSL cannot encrypt");
}

}  // namespace

Fresh Fresh::make() {
    Fresh fresh{newKeyPair(), {}};
    if (RAND_bytes(reinterpret_cast<unsigned char*>(fresh.salt.data()), kSaltBytes) != 1)
        throw std::runtime_error("OpenSSL has no randomness");
    return fresh;
}

std::string encrypt(std::string_view plaintext, std::size_t padded,
                    const Subscription& subscription, const Fresh& fresh) {
    if (plaintext.size() > padded || padded > kMaxPlaintext)
        throw std::runtime_error("the plaintext is longer than its padding allows");
    const std::string point = pointOf(*fresh.key);
    const ContentKeys keys = contentKeys(subscription, fresh, point);

    std::string body;
    body.reserve(fresh.salt.size() + kRecordSize.size() + 1 + point.size() + padded + 1 +
                 kTagBytes);
    body.append(fresh.salt.data(), fresh.salt.size());  // the header: RFC 8188, 2.1
    body.append(kRecordSize);
    body += static_cast<char>(point.size());
    body.append(point);
    const std::size_t record = body.size();
    body.append(plaintext);
    body += kLastRecord;
    body.append(padded - plaintext.size(), '\0');
    seal(keys, record, body);
    return body;
}

}  // namespace postbell::webpush
