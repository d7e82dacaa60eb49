// SPDX-License-Identifier: Apache-2.0
#include "provider_token.h"

#include <openssl/x509.h>

#include <stdexcept>
#include <utility>

#include "jwt.h"

namespace postbell::apns {
namespace {

/// A clock that was corrected by less is as good as right.
constexpr std::int64_t kClockTolerance = kMinute;

/// The public half as DER: different uploads of one key are one key.
std::string publicHalf(EVP_PKEY& key) {
    unsigned char* der = nullptr;
    const int size = i2d_PUBKEY(&key, &der);
    if (size <= 0) throw std::runtime_error("the signing key has no public half");
    std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return bytes;
}

}  // namespace

bool ProviderToken::replaces(std::int64_t presented_ms, std::int64_t now_ms) const {
    const std::int64_t age = now_ms - current_.issued_at_ms;
    // None yet, or signed while the clock was ahead.
    if (current_.issued_at_ms == 0 || age < -kClockTolerance) return true;
    // Others have had a newer one signed meanwhile, which is tried first.
    const bool was_presented = presented_ms == current_.issued_at_ms;
    return age >= (was_presented ? kNotRenewedBefore : kRenewAfter);
}

IssuedToken ProviderToken::next(std::int64_t presented_ms, std::int64_t now_ms) {
    const std::lock_guard lock(mutex_);
    if (replaces(presented_ms, now_ms)) {
        const std::int64_t issued_at = now_ms / 1000;
        current_ = {makeProviderToken(*key_, key_id_, team_id_, issued_at), issued_at * 1000};
    }
    return current_;
}

std::shared_ptr<ProviderToken> ProviderTokens::of(KeyHandle key, const std::string& key_id,
                                                  const std::string& team_id) {
    const std::string identity = team_id + '/' + key_id + '/' + publicHalf(*key);
    const std::lock_guard lock(mutex_);
    std::erase_if(open_, [](const auto& each) { return each.second.expired(); });
    std::weak_ptr<ProviderToken>& kept = open_[identity];
    std::shared_ptr<ProviderToken> token = kept.lock();
    if (!token) {
        token = std::make_shared<ProviderToken>(std::move(key), key_id, team_id);
        kept = token;
    }
    return token;
}

}  // namespace postbell::apns
