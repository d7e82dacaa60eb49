// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "admin/command.h"
#include "log/log.h"
#include "store/directory.h"
#include "util/clock.h"

namespace postbell::admin {

/// The commands by name, each change of which leaves a line in the audit trail and in the log.
/// Thread-safe once the table is complete.
class AuditedCommands {
  public:
    /// The references outlive this.
    AuditedCommands(store::Directory& directory, const util::Clock& clock, log::Log& log)
        : directory_(directory), clock_(clock), log_(log) {}

    CommandTable& table() { return table_; }
    /// The line of a change is durable before the change begins: a change that cannot be audited is
    /// not made. One that fails leaves a second line, if the store can be written. Throws
    /// web::Problem, or StoreError.
    Json call(const std::string& name, const Json& arguments, const std::string& who) const;

  private:
    store::Directory& directory_;
    const util::Clock& clock_;
    log::Log& log_;
    CommandTable table_;
};

}  // namespace postbell::admin
