// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sqlite/connection.h"
#include "sqlite/words.h"

namespace postbell::sqlite {

class SqliteRegistrationReads final : public RegistrationReads {
  public:
    explicit SqliteRegistrationReads(Connection& connection) : connection_(connection) {}

    std::optional<RegistrationRow> find(std::string_view public_id) const override;
    std::optional<RegistrationRow> find(Id id) const override;
    std::vector<RegistrationRow> list(Id after, std::size_t limit, Id tenant,
                                      Id app) const override;
    std::vector<RegistrationRow> listOfAccount(Id tenant,
                                               std::string_view account_key) const override;
    std::vector<BadgeRow> listOfDevice(Id device) const override;
    std::int64_t count() const override;
    std::int64_t countUnheard(std::string_view instance, util::WallTime before,
                              util::WallTime now) const override;

  private:
    Connection& connection_;
};

}  // namespace postbell::sqlite
