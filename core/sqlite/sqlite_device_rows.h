// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sqlite/connection.h"
#include "sqlite/words.h"

namespace postbell::sqlite {

class SqliteDeviceRows final : public DeviceRows {
  public:
    explicit SqliteDeviceRows(Connection& connection) : connection_(connection) {}

    std::optional<DeviceIdentity> identityOf(Id device) const override;
    std::optional<CountedDevice> find(const DeviceIdentity& identity) const override;
    std::vector<Environment> environmentsOf(Id app) const override;
    Id findOrInsert(const DeviceIdentity& identity) override;
    void putToken(Id device, const DeviceTokenRow& token) override;
    std::vector<CountedDevice> countRegistrations(std::span<const Id> devices) override;
    void remove(std::span<const Id> devices) override;

  private:
    Connection& connection_;
};

}  // namespace postbell::sqlite
