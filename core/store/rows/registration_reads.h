// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "store/records/registration.h"

namespace postbell::store {

/// A registration with the counts that a badge is made of.
struct BadgeRow {
    RegistrationRow registration;
    std::int64_t mail_generation = 0;  ///< 0: no mail is pending
    std::int32_t pending_count = kUnknownCount;
    std::int32_t last_count = kUnknownCount;
};

/// Whole registrations, with the state of the mailbox that serves each.
class RegistrationReads {
  public:
    virtual ~RegistrationReads() = default;

    virtual std::optional<RegistrationRow> find(std::string_view public_id) const = 0;
    virtual std::optional<RegistrationRow> find(Id id) const = 0;
    /// See Registrations::listRegistrations(); `app` 0: of all.
    virtual std::vector<RegistrationRow> list(Id after, std::size_t limit, Id tenant,
                                              Id app) const = 0;
    virtual std::vector<RegistrationRow> listOfAccount(Id tenant,
                                                       std::string_view account_key) const = 0;
    /// In the order of ids.
    virtual std::vector<BadgeRow> listOfDevice(Id device) const = 0;
    virtual std::int64_t count() const = 0;
    /// See Registrations::countUnheard(); without the ledger's news.
    virtual std::int64_t countUnheard(std::string_view instance, util::WallTime before,
                                      util::WallTime now) const = 0;
};

}  // namespace postbell::store
