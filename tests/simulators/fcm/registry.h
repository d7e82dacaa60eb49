// SPDX-License-Identifier: Apache-2.0
// What Google knows: service accounts, the access tokens that it issued, projects and devices.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "openssl_ptr.h"

namespace fcm_simulator {

/// Immutable.
struct ServiceAccount {
    std::string email;
    std::string project;
    std::string key_id;
    http2_simulator::EvpPkeyPtr public_key;
    bool may_push = true;  ///< has the role
};

/// An access token as it was issued. Immutable.
struct AccessToken {
    std::shared_ptr<const ServiceAccount> account;
    double expires_unix = 0;
};

enum class DeviceState { Ok, Unregistered };

struct Device {
    std::string project;  // empty: any
    DeviceState state = DeviceState::Ok;
};

struct Policy {
    bool reject_unknown_tokens = false;
    std::int64_t token_life_seconds = 3600;
};

/// Thread-safe.
class Registry {
  public:
    /// Changes with every account, token that ends, project and policy: what was concluded from
    /// them is out of date.
    std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

    void addAccount(std::shared_ptr<const ServiceAccount> account);
    bool removeAccount(const std::string& email);
    std::shared_ptr<const ServiceAccount> findAccount(const std::string& email) const;
    std::size_t accountCount() const;

    /// A new access token of the account.
    std::string issue(std::shared_ptr<const ServiceAccount> account, double now_unix);
    std::shared_ptr<const AccessToken> findToken(const std::string& token) const;
    /// Every token issued so far is refused from now on.
    void revokeTokens();
    std::uint64_t tokensIssued() const;

    void setApiEnabled(const std::string& project, bool enabled);
    bool apiEnabled(const std::string& project) const;
    /// Whether Apple takes the APNs key that the project has in Firebase.
    void setAppleKey(const std::string& project, bool good);
    bool appleKeyGood(const std::string& project) const;

    void setDevice(std::string_view token, Device device);
    bool removeDevice(std::string_view token);
    /// nullopt: not known here.
    std::optional<Device> findDevice(std::string_view token) const;
    std::size_t deviceCount() const { return device_count_.load(std::memory_order_relaxed); }

    Policy policy() const;
    void setPolicy(const Policy& policy);
    void reset();

  private:
    struct TokenHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>{}(text);
        }
    };

    void changed() { generation_.fetch_add(1, std::memory_order_acq_rel); }

    std::atomic<std::uint64_t> generation_{1};
    std::atomic<std::size_t> device_count_{0};
    mutable std::mutex mutex_;  // guards what follows up to policy_
    std::map<std::string, std::shared_ptr<const ServiceAccount>> accounts_;
    std::map<std::string, std::shared_ptr<const AccessToken>> tokens_;
    std::uint64_t issued_ = 0;
    std::set<std::string> api_disabled_;
    std::set<std::string> apple_key_bad_;
    Policy policy_;
    mutable std::shared_mutex device_mutex_;
    std::unordered_map<std::string, Device, TokenHash, std::equal_to<>> devices_;
};

/// Reads an RSA key from a PEM, public or private. Null when it is none.
http2_simulator::EvpPkeyPtr readRsaKey(const std::string& pem);

}  // namespace fcm_simulator
