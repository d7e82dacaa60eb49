// SPDX-License-Identifier: Apache-2.0
#include "vapid_tokens.h"

#include <algorithm>

#include "p256.h"
#include "postbell/kit/base64url.hpp"
#include "postbell/kit/clock.hpp"
#include "postbell/kit/json_text.hpp"

namespace postbell::webpush {
namespace {

/// Not if it was signed by a clock that was ahead: it may say an end that servers refuse.
bool isFresh(std::int64_t signed_at_ms, std::int64_t now_ms) {
    const std::int64_t age = now_ms - signed_at_ms;
    return age >= -kit::kClockToleranceMs && age < VapidTokens::kUsedMs;
}

}  // namespace

VapidTokens::VapidTokens(kit::KeyHandle key, std::string public_key, std::string subject)
    : key_(std::move(key)), public_key_(std::move(public_key)), subject_(std::move(subject)) {}

const std::string& VapidTokens::headerFor(std::string_view origin, std::int64_t now_ms) {
    auto found = kept_.find(origin);
    if (found == kept_.end() || !isFresh(found->second.signed_at_ms, now_ms)) {
        Kept made{sign(origin, now_ms), now_ms, 0};
        if (found == kept_.end()) {
            makeRoom();
            found = kept_.emplace(origin, std::move(made)).first;
        } else {
            found->second = std::move(made);
        }
    }
    found->second.used = ++uses_;
    return found->second.header;
}

void VapidTokens::forget(std::string_view origin) {
    if (const auto found = kept_.find(origin); found != kept_.end()) kept_.erase(found);
}

void VapidTokens::makeRoom() {
    if (kept_.size() < kMaxOrigins) return;
    kept_.erase(std::min_element(kept_.begin(), kept_.end(), [](const auto& a, const auto& b) {
        return a.second.used < b.second.used;
    }));
}

std::string VapidTokens::sign(std::string_view origin, std::int64_t now_ms) const {
    constexpr std::string_view kHeader = R"({"typ":"JWT","alg":"ES256"})";
    std::string claims = R"({"aud":)";
    kit::appendText(origin, claims);
    claims += R"(,"exp":)";
    kit::appendNumber((now_ms + kValidMs) / 1000, claims);
    if (!subject_.empty()) {
        claims += R"(,"sub":)";
        kit::appendText(subject_, claims);
    }
    claims += '}';

    std::string token = kit::base64Url(kHeader);
    token.append(".").append(kit::base64Url(claims));
    const std::string signature = signEs256(*key_, token);
    std::string header = "vapid t=";
    header.append(token).append(".").append(kit::base64Url(signature));
    return header.append(", k=").append(public_key_);
}

}  // namespace postbell::webpush
