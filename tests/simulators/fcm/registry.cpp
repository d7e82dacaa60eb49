// SPDX-License-Identifier: Apache-2.0
#include "registry.h"

#include <openssl/pem.h>
#include <openssl/rand.h>

namespace fcm_simulator {

namespace {

// As long as Google's, so that requests have their real size.
constexpr std::size_t kTokenLength = 1024;

std::string randomText(std::size_t length) {
    constexpr std::string_view kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string text(length, '\0');
    RAND_bytes(reinterpret_cast<unsigned char*>(text.data()), static_cast<int>(length));
    for (char& c : text) c = kAlphabet[static_cast<unsigned char>(c) % kAlphabet.size()];
    return text;
}

}  // namespace

http2_simulator::EvpPkeyPtr readRsaKey(const std::string& pem) {
    std::string no_password;  // given, so that OpenSSL does not ask the terminal for one
    const http2_simulator::BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    http2_simulator::EvpPkeyPtr key(
        pem.find("PUBLIC KEY") != std::string::npos
            ? PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr)
            : PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, no_password.data()));
    if (key && EVP_PKEY_is_a(key.get(), "RSA") == 0) key.reset();
    return key;
}

void Registry::addAccount(std::shared_ptr<const ServiceAccount> account) {
    const std::lock_guard lock(mutex_);
    accounts_[account->email] = std::move(account);
    changed();
}

bool Registry::removeAccount(const std::string& email) {
    const std::lock_guard lock(mutex_);
    changed();
    return accounts_.erase(email) > 0;
}

std::shared_ptr<const ServiceAccount> Registry::findAccount(const std::string& email) const {
    const std::lock_guard lock(mutex_);
    const auto found = accounts_.find(email);
    return found == accounts_.end() ? nullptr : found->second;
}

std::size_t Registry::accountCount() const {
    const std::lock_guard lock(mutex_);
    return accounts_.size();
}

std::string Registry::issue(std::shared_ptr<const ServiceAccount> account, double now_unix) {
    constexpr std::string_view kPrefix = "ya29.c.";
    std::string token = std::string(kPrefix) + randomText(kTokenLength - kPrefix.size());
    const std::lock_guard lock(mutex_);
    const double expires = now_unix + static_cast<double>(policy_.token_life_seconds);
    tokens_[token] = std::make_shared<const AccessToken>(AccessToken{std::move(account), expires});
    ++issued_;
    return token;
}

std::shared_ptr<const AccessToken> Registry::findToken(const std::string& token) const {
    const std::lock_guard lock(mutex_);
    const auto found = tokens_.find(token);
    return found == tokens_.end() ? nullptr : found->second;
}

void Registry::revokeTokens() {
    const std::lock_guard lock(mutex_);
    tokens_.clear();
    changed();
}

std::uint64_t Registry::tokensIssued() const {
    const std::lock_guard lock(mutex_);
    return issued_;
}

void Registry::setApiEnabled(const std::string& project, bool enabled) {
    const std::lock_guard lock(mutex_);
    if (enabled)
        api_disabled_.erase(project);
    else
        api_disabled_.insert(project);
    changed();
}

bool Registry::apiEnabled(const std::string& project) const {
    const std::lock_guard lock(mutex_);
    return api_disabled_.count(project) == 0;
}

void Registry::setAppleKey(const std::string& project, bool good) {
    const std::lock_guard lock(mutex_);
    if (good)
        apple_key_bad_.erase(project);
    else
        apple_key_bad_.insert(project);
}

bool Registry::appleKeyGood(const std::string& project) const {
    const std::lock_guard lock(mutex_);
    return apple_key_bad_.count(project) == 0;
}

void Registry::setDevice(std::string_view token, Device device) {
    const std::unique_lock lock(device_mutex_);
    devices_.insert_or_assign(std::string(token), std::move(device));
    device_count_.store(devices_.size());
}

bool Registry::removeDevice(std::string_view token) {
    const std::unique_lock lock(device_mutex_);
    const auto found = devices_.find(token);
    if (found == devices_.end()) return false;
    devices_.erase(found);
    device_count_.store(devices_.size());
    return true;
}

std::optional<Device> Registry::findDevice(std::string_view token) const {
    const std::shared_lock lock(device_mutex_);
    const auto found = devices_.find(token);
    if (found == devices_.end()) return std::nullopt;
    return found->second;
}

Policy Registry::policy() const {
    const std::lock_guard lock(mutex_);
    return policy_;
}

void Registry::setPolicy(const Policy& policy) {
    const std::lock_guard lock(mutex_);
    policy_ = policy;
    changed();
}

void Registry::reset() {
    const std::unique_lock devices(device_mutex_);
    const std::lock_guard lock(mutex_);
    devices_.clear();
    device_count_.store(0);
    accounts_.clear();
    tokens_.clear();
    issued_ = 0;
    api_disabled_.clear();
    apple_key_bad_.clear();
    policy_ = Policy();
    changed();
}

}  // namespace fcm_simulator
