// SPDX-License-Identifier: Apache-2.0
#include "net/ticket_keys.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>
#include <stdexcept>

namespace postbell::net {
namespace {

constexpr int kFailed = -1, kNoTicket = 0, kDone = 1, kDoneAndRenew = 2;

/// Where a context keeps its keys.
int contextIndex() {
    static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

void fill(unsigned char* bytes, std::size_t size) {
    if (RAND_priv_bytes(bytes, static_cast<int>(size)) != 1)
        throw std::runtime_error("OpenSSL has no random bytes");
}

bool setMac(EVP_MAC_CTX* mac, unsigned char* key, std::size_t size) {
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key, size),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end()};
    return EVP_MAC_CTX_set_params(mac, parameters) == 1;
}

}  // namespace

TicketKeys::TicketKeys(const util::Clock& clock)
    : clock_(clock), current_(make()), previous_(make()), made_at_(clock.steady()) {}

TicketKeys::~TicketKeys() {
    for (Key* const key : {&current_, &previous_}) OPENSSL_cleanse(key, sizeof *key);
}

TicketKeys::Key TicketKeys::make() {
    Key key;
    fill(key.name.data(), key.name.size());
    fill(key.cipher.data(), key.cipher.size());
    fill(key.mac.data(), key.mac.size());
    return key;
}

void TicketKeys::serve(SSL_CTX* context) {
    SSL_CTX_set_timeout(context, std::chrono::duration_cast<std::chrono::seconds>(kPeriod).count());
    if (SSL_CTX_set_ex_data(context, contextIndex(), this) != 1 ||
        SSL_CTX_set_tlsext_ticket_key_evp_cb(context, onTicket) != 1)
        throw std::runtime_error("OpenSSL takes no keys for session tickets");
}

/// With the mutex held.
void TicketKeys::rotate() {
    const util::SteadyTime now = clock_.steady();
    if (now - made_at_ < kPeriod) return;
    // After a long silence the last key is too old to open anything.
    previous_ = now - made_at_ < 2 * kPeriod ? current_ : make();
    current_ = make();
    made_at_ = now;
}

TicketKeys::Key TicketKeys::sealing() {
    const std::lock_guard lock(keys_mutex_);
    rotate();
    return current_;
}

TicketKeys::Use TicketKeys::find(const unsigned char* name, Key& key) {
    const std::lock_guard lock(keys_mutex_);
    rotate();
    const auto is = [&](const Key& one) {
        return std::equal(one.name.begin(), one.name.end(), name);
    };
    if (!is(current_) && !is(previous_)) return Use::None;
    key = is(current_) ? current_ : previous_;
    return is(current_) ? Use::Open : Use::OpenAndRenew;
}

int TicketKeys::onTicket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                         EVP_MAC_CTX* mac, int seal) {
    auto* const keys =
        static_cast<TicketKeys*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), contextIndex()));
    try {
        if (seal != 0) {
            Key key = keys->sealing();
            std::copy(key.name.begin(), key.name.end(), name);
            fill(iv, EVP_MAX_IV_LENGTH);
            const bool ready = EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr,
                                                  key.cipher.data(), iv) == 1 &&
                               setMac(mac, key.mac.data(), key.mac.size());
            return ready ? kDone : kFailed;
        }
        Key key;
        const Use use = keys->find(name, key);
        if (use == Use::None) return kNoTicket;
        const bool ready =
            EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key.cipher.data(), iv) == 1 &&
            setMac(mac, key.mac.data(), key.mac.size());
        if (!ready) return kFailed;
        // A ticket of TLS 1.3 is used once (RFC 8446, C.4), so each connection gets the next.
        const bool used_up = SSL_version(ssl) >= TLS1_3_VERSION;
        return use == Use::Open && !used_up ? kDone : kDoneAndRenew;
    } catch (const std::exception&) {
        return kFailed;
    }
}

}  // namespace postbell::net
