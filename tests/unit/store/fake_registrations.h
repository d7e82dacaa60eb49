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

    std::vector<MovingRegistration> listMoving(Id from, Id to) const override {
        std::vector<MovingRegistration> moving;
        for (const auto& [id, row] : rows)
            if (tables_.device_of[id] == from)
                moving.push_back({id, findOn(to, row.account_key), lastCount(id)});
        return moving;
    }
    void move(Id from, Id to, std::string_view left_token_key) override {
        for (auto& [id, row] : rows) {
            if (tables_.device_of[id] != from) continue;
            tables_.device_of[id] = to;
            row.left_token_key = left_token_key;
        }
    }
    void remove(std::span<const Id> ids) override {
        for (const Id id : ids) {
            rows.erase(id);
            tables_.device_of.erase(id);
            tables_.pending.erase(id);
            tables_.last_counts.erase(id);
        }
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
    Id findOn(Id device, std::string_view account_key) const {
        for (const auto& [id, row] : rows)
            if (tables_.device_of[id] == device && row.account_key == account_key) return id;
        return 0;
    }
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

    std::vector<CountedDevice> countRegistrations(std::span<const Id> devices) override {
        std::vector<CountedDevice> counted;
        for (const Id device : devices) {
            const auto is_on_it = [&](const auto& row) { return row.second == device; };
            registrations[device] = std::ranges::count_if(tables_.device_of, is_on_it);
            counted.push_back({device, registrations[device]});
        }
        return counted;
    }
    void remove(std::span<const Id> devices) override {
        for (const Id device : devices) registrations.erase(device);
    }

    // Not asked for by these rules.
    std::optional<DeviceIdentity> identityOf(Id) const override { return {}; }
    std::optional<CountedDevice> find(const DeviceIdentity&) const override { return {}; }
    std::vector<Environment> environmentsOf(Id) const override { return {}; }
    Id findOrInsert(const DeviceIdentity&) override { return 0; }
    void putToken(Id, const DeviceTokenRow&) override {}

  private:
    FakeRows::Tables& tables_;
};

}  // namespace postbell::store
