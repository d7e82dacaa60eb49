// SPDX-License-Identifier: Apache-2.0
// What Apple knows: signing keys, devices, and the rules that tests may loosen.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "provider_token.h"

namespace apns_simulator {

enum class DeviceState { Ok, Unregistered, Expired, WrongTopic };

struct Device {
    std::string topic;        // empty: any
    std::string environment;  // empty: any
    DeviceState state = DeviceState::Ok;
    /// With Unregistered and Expired: when the token was found dead.
    std::int64_t timestamp_ms = 0;
};

struct Policy {
    bool reject_unknown_tokens = false;
    /// TooManyProviderTokenUpdates.
    bool limit_token_updates = true;
    /// A certificate needs one of Apple's environment extensions, of the simulator's environment.
    bool certificate_environment = true;
};

/// Thread-safe.
class Registry {
  public:
    /// Changes whenever a key or the policy does: what was concluded from them is out of date.
    std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

    void addKey(std::shared_ptr<const SigningKey> key);
    bool removeKey(const std::string& id);
    std::shared_ptr<const SigningKey> findKey(const std::string& id) const;
    std::vector<std::shared_ptr<const SigningKey>> keys() const;

    /// Takes note of a verified JWT. False: it came sooner than 20 minutes after the key's previous
    /// one.
    bool admitToken(const ProviderToken& token, double simulated_unix);

    void setDevice(std::string_view token, Device device);
    bool removeDevice(std::string_view token);
    /// nullopt: not known here.
    std::optional<Device> findDevice(std::string_view token) const;
    std::size_t deviceCount() const { return device_count_.load(std::memory_order_relaxed); }

    bool rejectsUnknownTokens() const { return rejects_unknown_.load(std::memory_order_relaxed); }
    Policy policy() const;
    void setPolicy(const Policy& policy);
    void reset();

  private:
    struct Issued {
        std::string signature;
        std::int64_t issued_at;
        double first_seen;
    };
    struct TokenHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>{}(text);
        }
    };

    std::atomic<std::uint64_t> generation_{1};
    std::atomic<std::size_t> device_count_{0};
    std::atomic<bool> rejects_unknown_{false};
    mutable std::mutex key_mutex_;
    std::map<std::string, std::shared_ptr<const SigningKey>> keys_;
    std::map<std::string, std::vector<Issued>> issued_;
    Policy policy_;
    mutable std::shared_mutex device_mutex_;
    std::unordered_map<std::string, Device, TokenHash, std::equal_to<>> devices_;
};

}  // namespace apns_simulator
