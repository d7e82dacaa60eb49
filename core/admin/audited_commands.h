// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <string>
#include <utility>

#include "admin/command.h"
#include "log/log.h"
#include "store/directory.h"
#include "util/clock.h"

namespace postbell::admin {

/// The commands by name, each change of which leaves a line in the audit trail and in the log.
/// Thread-safe once the table is complete.
class AuditedCommands {
  public:
    /// The tenant that the arguments concern; empty: none.
    using OwnerOf = std::function<std::string(const Json& arguments)>;

    /// The references outlive this, and all work that calls have begun.
    AuditedCommands(store::Directory& directory, const util::Clock& clock, log::Log& log,
                    OwnerOf owner_of)
        : directory_(directory), clock_(clock), log_(log), owner_of_(std::move(owner_of)) {}

    CommandTable& table() { return table_; }
    /// The line of a change is durable before the change begins: a change that cannot be audited is
    /// not made. One that fails leaves a second line, if the store can be written. Throws
    /// web::Problem, or StoreError.
    Json call(const std::string& name, const Json& arguments, const std::string& who,
              const Finish& finish) const;

  private:
    store::Directory& directory_;
    const util::Clock& clock_;
    log::Log& log_;
    const OwnerOf owner_of_;
    CommandTable table_;
};

}  // namespace postbell::admin
