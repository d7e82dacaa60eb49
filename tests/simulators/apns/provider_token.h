// SPDX-License-Identifier: Apache-2.0
// A provider's JWT, as RFC 7519 and Apple's "Establishing a token-based connection to APNs" have
// it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "openssl_ptr.h"

namespace apns_simulator {

/// A signing key that was registered here. Immutable.
struct SigningKey {
    std::string id;
    std::string team;
    /// Empty: every topic of the team.
    std::vector<std::string> topics;
    /// "production", "sandbox", or empty for both.
    std::string environment;
    http2_simulator::EvpPkeyPtr public_key;
};

/// Reads a P-256 key from a PEM, public or private. Null when it is none.
http2_simulator::EvpPkeyPtr readPublicKey(const std::string& pem);

struct ProviderToken {
    std::string key_id;
    std::string issuer;
    std::int64_t issued_at = 0;
    std::string_view signed_part;
    std::string signature;
};

/// Takes a compact JWT with alg ES256 apart; signed_part points into `jwt`. What is not exactly
/// that: nullopt.
std::optional<ProviderToken> parseProviderToken(std::string_view jwt);

bool verifySignature(const ProviderToken& token, const SigningKey& key);

}  // namespace apns_simulator
