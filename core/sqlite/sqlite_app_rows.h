// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sqlite/connection.h"
#include "sqlite/words.h"

namespace postbell::sqlite {

class SqliteAppRows final : public AppRows {
  public:
    explicit SqliteAppRows(Connection& connection) : connection_(connection) {}

    std::optional<AppRow> find(Id id) const override;
    std::optional<AppRow> find(Id tenant, std::string_view name) const override;
    std::optional<EnrolledAppRow> findByEnrolment(std::string_view enrolment_hash) const override;
    std::vector<AppRow> list(Id tenant) const override;
    std::optional<Id> insert(const App& app, std::string_view enrolment_hash) override;
    void turnOff(Id id) override;
    void turnOn(Id id, util::WallTime now) override;
    void setPushSettings(Id id, std::string_view push_settings) override;
    void setEnrolmentHash(Id id, std::string_view enrolment_hash,
                          util::WallTime old_register_until) override;
    void limitReplacedKeys(Id id, util::WallTime until) override;
    util::WallTime replacedKeysRegisterUntil(Id id) const override;
    void setStyle(Id id, Style style) override;
    std::int64_t countRegistrations(Id id) const override;
    void close(Id id) override;
    void closeAllOf(Id tenant) override;
    void remove(Id id) override;

  private:
    Connection& connection_;
};

}  // namespace postbell::sqlite
