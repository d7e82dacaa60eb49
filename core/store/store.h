// SPDX-License-Identifier: Apache-2.0
// All of Postbell's SQL is behind these interfaces, so that another database can take SQLite's
// place.
#pragma once
#include <cstdint>
#include <string>

#include "store/credentials.h"
#include "store/directory.h"
#include "store/events.h"
#include "store/mailboxes.h"
#include "store/registrations.h"
#include "util/distribution.h"

namespace postbell::store {

struct StoreStats {
    std::uint64_t commits = 0, failed_commits = 0;
    std::uint64_t operations = 0;  ///< batches, settlements and blocking writes that were committed
    std::uint64_t events_without_effect = 0;  ///< repeated, or the registration was gone
    std::size_t queued = 0;
    /// Of the commits that succeeded: operations, and seconds from its begin to its end.
    util::Distribution<11> sizes{{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024}};
    util::Distribution<11> seconds{
        {0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2}};
};

/// The whole store. Who needs a part of it takes that interface alone. Writes are grouped by one
/// writer thread, and one that comes alone does not wait for company.
class Store : public Events,
              public Registrations,
              public Mailboxes,
              public Directory,
              public Credentials {
  public:
    /// Writes a whole copy of the database, as of now, to a new file of mode 0600.
    virtual void backup(const std::string& file) = 0;
    /// Commits and closes nothing: tries whether the database can be written now. Empty: yes; else
    /// why not.
    virtual std::string health() = 0;
    virtual StoreStats stats() const = 0;
    /// Waits until what was queued before is committed (or has failed).
    virtual void flush() = 0;
};

}  // namespace postbell::store
