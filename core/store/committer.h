// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "log/log.h"
#include "store/connection.h"
#include "store/pending_table.h"
#include "store/reader_pool.h"
#include "store/write_queue.h"
#include "util/clock.h"
#include "util/real_time.h"

namespace postbell::store {

/// Brings groups into the database, each in one transaction. A member that fails is left out and
/// spoils no other's. Owns the write connection; confined to the writer's thread.
class Committer {
  public:
    /// `readers`: those of the same database.
    Committer(std::filesystem::path file, Connection connection, ReaderPool& readers,
              const util::Clock& clock, log::Log& log);

    struct Result {
        std::string trouble;  ///< why the whole group failed; empty: it is durable
        std::vector<Pending> rows;
        std::uint64_t events_without_effect = 0;
        util::RealTime::duration took{};
    };
    /// Fills the group's failures, and moves the settlements that failed alone.
    Result commit(Group& group);
    /// Writes the log back if it has grown long. For between groups, where no event waits for it.
    void tidyLog();

  private:
    enum class Mode { Together, Apart /* each member in a savepoint of its own */ };

    bool attempt(Group& group, Mode mode);
    void runMembers(Group& group, Mode mode);
    /// False: it failed and was undone.
    template <class WriteOne>
    bool runOne(Mode mode, const WriteOne& write_one, Failure* failure);
    void write(const Group::Member& member);
    void rollBack() noexcept;
    Result durable(util::RealTime::duration took);

    const std::filesystem::path file_;
    Connection connection_;
    ReaderPool& readers_;
    PendingTable pending_;
    const util::Clock& clock_;
    log::Log& log_;
    int tidy_at_pages_;  // of the write-ahead log
};

}  // namespace postbell::store
