// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/records/audit.h"
#include "util/time.h"

namespace postbell::store {

/// Values of the gateway's own, by name, and the trail of the admins' changes.
class MetaRows {
  public:
    virtual ~MetaRows() = default;

    virtual std::optional<std::string> find(std::string_view name) const = 0;
    /// Inserts the value, or replaces it.
    virtual void put(std::string_view name, std::string_view value) = 0;
    /// A write that changes nothing, and fails where the database may not be written.
    virtual void tryWrite() = 0;
    virtual void insertAudit(util::WallTime at, std::string_view who, std::string_view what) = 0;
    /// The newest first.
    virtual std::vector<AuditLine> listAudit(const AuditFilter& filter) const = 0;
};

}  // namespace postbell::store
