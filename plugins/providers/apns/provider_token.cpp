// SPDX-License-Identifier: Apache-2.0
#include "provider_token.h"

#include <openssl/x509.h>
#include <postbell/kit/clock.hpp>

#include <stdexcept>
#include <utility>

#include "jwt.h"

namespace postbell::apns {
namespace {

/// The public half as DER: different uploads of one key are one key.
std::string publicHalf(EVP_PKEY& key) {
    unsigned char* der = nullptr;
    const int size = i2d_PUBKEY(&key, &der);
    if (size <= 0) throw std::runtime_error("the signing key has no public half");
    std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return bytes;
}

/// Signed while the clock was ahead.
bool isFromFuture(const IssuedToken& token, std::int64_t now_ms) {
    return token.issued_at_ms - now_ms > kit::kClockToleranceMs;
}

bool isFresh(const IssuedToken& token, std::int64_t now_ms) {
    return token.issued_at_ms != 0 && !isFromFuture(token, now_ms) &&
           now_ms - token.issued_at_ms < kRenewAfter;
}

}  // namespace

bool ProviderToken::replaces(std::int64_t presented_ms, std::int64_t now_ms) const {
    if (current_.issued_at_ms == 0 || isFromFuture(current_, now_ms)) return true;
    // Other credentials had a newer one signed meanwhile: it is tried first.
    const bool was_presented = presented_ms == current_.issued_at_ms;
    return now_ms - current_.issued_at_ms >= (was_presented ? kNotRenewedBefore : kRenewAfter);
}

void ProviderToken::replace(EVP_PKEY& key, std::int64_t now_ms) {
    const bool ahead = isFromFuture(current_, now_ms);
    if (ahead && isFresh(earlier_, now_ms)) {
        current_ = std::exchange(earlier_, {});
        return;
    }
    const std::int64_t issued_at = now_ms / 1000;
    IssuedToken issued{makeProviderToken(key, key_id_, team_id_, issued_at), issued_at * 1000};
    if (!ahead) earlier_ = std::move(current_);
    current_ = std::move(issued);
}

IssuedToken ProviderToken::next(EVP_PKEY& key, std::int64_t presented_ms, std::int64_t now_ms) {
    const std::lock_guard lock(mutex_);
    if (replaces(presented_ms, now_ms)) replace(key, now_ms);
    return current_;
}

std::shared_ptr<ProviderToken> ProviderTokens::of(EVP_PKEY& key, const std::string& key_id,
                                                  const std::string& team_id) {
    const std::string identity = team_id + '/' + key_id + '/' + publicHalf(key);
    const std::lock_guard lock(mutex_);
    std::shared_ptr<ProviderToken>& token = tokens_[identity];
    if (!token) token = std::make_shared<ProviderToken>(key_id, team_id);
    return token;
}

}  // namespace postbell::apns
