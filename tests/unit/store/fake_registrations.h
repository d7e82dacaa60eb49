// SPDX-License-Identifier: Apache-2.0
// Registrations and devices in memory, for the rules of moving and erasing.
#pragma once
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "unit/store/fake_session.h"

namespace postbell::store {

struct StoredRegistration {
    std::string account_key, left_token_key;
};

/// Which device a registration is on is in the tables, for events' sake.
class FakeRegistrations final : public RegistrationRows {
  public:
    explicit FakeRegistrations(FakeRows::Tables& tables) : tables_(tables) {}

    std::map<Id, StoredRegistration> rows;

    std::vector<MovingRegistration> listMoving(Id device) const override {
        std::vector<MovingRegistration> moving;
        for (const auto& [id, row] : rows)
            if (tables_.device_of[id] == device)
                moving.push_back({id, row.account_key, lastCount(id)});
        return moving;
    }
    Id findOnDevice(Id device, std::string_view account_key) const override {
        for (const auto& [id, row] : rows)
            if (tables_.device_of[id] == device && row.account_key == account_key) return id;
        return 0;
    }
    void move(Id id, Id device, std::string_view left_token_key) override {
        tables_.device_of[id] = device;
        rows[id].left_token_key = left_token_key;
    }
    void remove(Id id) override {
        rows.erase(id);
        tables_.device_of.erase(id);
        tables_.pending.erase(id);
        tables_.last_counts.erase(id);
    }

    // Not asked for by these rules.
    std::optional<KnownRegistration> find(std::string_view) const override { return {}; }
    std::optional<KnownRegistration> findByDevice(const DeviceIdentity&,
                                                  std::string_view) const override {
        return {};
    }
    std::optional<KnownRegistration> findBySecret(Id, std::string_view, std::string_view,
                                                  std::string_view) const override {
        return {};
    }
    std::vector<RegistrationOnDevice> someOfTenant(Id, std::size_t) const override { return {}; }
    std::vector<RegistrationOnDevice> someOfApp(Id, std::size_t) const override { return {}; }
    Id insert(const NewRegistrationRow&) override { return 0; }
    void renew(Id, const RenewalRow&) override {}
    bool setVersions(std::string_view, std::optional<std::string_view>,
                     std::optional<std::string_view>) override {
        return false;
    }
    bool setAccountProof(std::string_view, AccountProof) override { return false; }

  private:
    std::int32_t lastCount(Id id) const {
        const auto found = tables_.last_counts.find(id);
        return found == tables_.last_counts.end() ? kUnknownCount : found->second;
    }

    FakeRows::Tables& tables_;
};

class FakeDevices final : public DeviceRows {
  public:
    explicit FakeDevices(FakeRows::Tables& tables) : tables_(tables) {}

    std::map<Id, std::int64_t> registrations;  ///< as last counted

    std::int64_t countRegistrations(Id device) override {
        return registrations[device] = std::ranges::count_if(
                   tables_.device_of,
                   [&](const auto& registration) { return registration.second == device; });
    }
    void remove(Id device) override { registrations.erase(device); }
    void addLastCounts(Id device) override {
        for (const auto& [registration, of] : tables_.device_of)
            if (of == device) tables_.last_counts.emplace(registration, kUnknownCount);
    }
    void removeLastCounts(Id device) override {
        std::erase_if(tables_.last_counts,
                      [&](const auto& row) { return tables_.device_of[row.first] == device; });
    }

    // Not asked for by these rules.
    std::optional<DeviceIdentity> identityOf(Id) const override { return {}; }
    std::optional<CountedDevice> find(const DeviceIdentity&) const override { return {}; }
    std::vector<Environment> environmentsOf(Id) const override { return {}; }
    Id put(const DeviceRow&) override { return 0; }

  private:
    FakeRows::Tables& tables_;
};

}  // namespace postbell::store
