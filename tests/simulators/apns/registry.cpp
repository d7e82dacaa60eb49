// SPDX-License-Identifier: Apache-2.0
#include "registry.h"

#include <algorithm>
#include <cctype>

namespace apns_simulator {

namespace {

constexpr double kMinTokenLife = 20 * 60;  // "no more than once every 20 minutes"
constexpr double kForgetToken = 2 * 60 * 60;

std::string lowerCase(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return lower;
}

}  // namespace

void Registry::addKey(std::shared_ptr<const SigningKey> key) {
    std::lock_guard lock(key_mutex_);
    const std::string id = key->id;
    keys_.insert_or_assign(id, std::move(key));
    generation_.fetch_add(1, std::memory_order_release);
}

bool Registry::removeKey(const std::string& id) {
    std::lock_guard lock(key_mutex_);
    generation_.fetch_add(1, std::memory_order_release);
    issued_.erase(id);
    return keys_.erase(id) > 0;
}

std::shared_ptr<const SigningKey> Registry::findKey(const std::string& id) const {
    std::lock_guard lock(key_mutex_);
    const auto found = keys_.find(id);
    return found == keys_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<const SigningKey>> Registry::keys() const {
    std::lock_guard lock(key_mutex_);
    std::vector<std::shared_ptr<const SigningKey>> list;
    for (const auto& [id, key] : keys_) list.push_back(key);
    return list;
}

bool Registry::admitToken(const ProviderToken& token, double simulated_unix) {
    std::lock_guard lock(key_mutex_);
    auto& issued = issued_[token.key_id];
    const auto known = std::find_if(issued.begin(), issued.end(), [&](const Issued& other) {
        return other.signature == token.signature;
    });
    if (known != issued.end()) return true;
    std::erase_if(issued, [&](const Issued& other) {
        return simulated_unix - other.first_seen > kForgetToken;
    });
    // Both must be too close: a token may be shown for the first time long after it was made, and
    // its successor then comes soon after without anything having been made too often.
    const bool too_soon = std::any_of(issued.begin(), issued.end(), [&](const Issued& other) {
        return simulated_unix - other.first_seen < kMinTokenLife &&
               static_cast<double>(token.issued_at - other.issued_at) < kMinTokenLife;
    });
    if (too_soon && policy_.limit_token_updates) return false;
    issued.push_back({token.signature, token.issued_at, simulated_unix});
    return true;
}

void Registry::setDevice(std::string_view token, Device device) {
    std::unique_lock lock(device_mutex_);
    devices_.insert_or_assign(lowerCase(token), std::move(device));
    device_count_.store(devices_.size(), std::memory_order_relaxed);
}

bool Registry::removeDevice(std::string_view token) {
    std::unique_lock lock(device_mutex_);
    const bool removed = devices_.erase(lowerCase(token)) > 0;
    device_count_.store(devices_.size(), std::memory_order_relaxed);
    return removed;
}

std::optional<Device> Registry::findDevice(std::string_view token) const {
    const bool has_upper =
        std::any_of(token.begin(), token.end(), [](char c) { return c >= 'A' && c <= 'F'; });
    const std::string lower = has_upper ? lowerCase(token) : std::string();
    std::shared_lock lock(device_mutex_);
    const auto found = devices_.find(has_upper ? std::string_view(lower) : token);
    if (found == devices_.end()) return std::nullopt;
    return found->second;
}

Policy Registry::policy() const {
    std::lock_guard lock(key_mutex_);
    return policy_;
}

void Registry::setPolicy(const Policy& policy) {
    std::lock_guard lock(key_mutex_);
    policy_ = policy;
    rejects_unknown_.store(policy.reject_unknown_tokens, std::memory_order_relaxed);
    generation_.fetch_add(1, std::memory_order_release);
}

void Registry::reset() {
    {
        std::lock_guard lock(key_mutex_);
        keys_.clear();
        issued_.clear();
        policy_ = Policy{};
        rejects_unknown_.store(false, std::memory_order_relaxed);
        generation_.fetch_add(1, std::memory_order_release);
    }
    std::unique_lock lock(device_mutex_);
    devices_.clear();
    device_count_.store(0, std::memory_order_relaxed);
}

}  // namespace apns_simulator
