// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "log/log.h"
#include "store/pending_table.h"
#include "store/write_queue.h"
#include "store/write_session.h"
#include "util/clock.h"
#include "util/real_time.h"

namespace postbell::store {

/// Brings groups into the database, each in one transaction. A member that fails is left out and
/// spoils no other's. Confined to the writer's thread.
class Committer {
  public:
    Committer(WriteSession& session, const util::Clock& clock, log::Log& log);

    struct Result {
        std::string trouble;  ///< why the whole group failed; empty: it is durable
        std::vector<Pending> rows;
        std::uint64_t events_without_effect = 0;
        util::RealTime::duration took{};
    };
    /// Fills the group's failures, and moves the settlements that failed alone.
    Result commit(Group& group);

  private:
    enum class Mode { Together, Apart /* each member can be undone alone */ };

    /// False: a member failed, and the group was undone.
    bool attempt(Group& group, Mode mode);
    void runMembers(Group& group, Mode mode);
    /// False: the write failed and was undone.
    template <class WriteOne>
    bool runOne(Mode mode, const WriteOne& write_one, Failure* failure);
    /// A member back to where it began. False: the whole transaction is gone.
    bool undo(PendingTable::Mark mark);
    void write(const Group::Member& member);
    void write(const Batch& batch);
    void write(const SubscriptionChange& change);
    void write(const MailboxChange& change);
    void write(const SeenLedger::Row& news);
    void rollBack() noexcept;
    Result durable(util::RealTime::duration took);

    WriteSession& session_;
    PendingTable pending_;
    const util::Clock& clock_;
    log::Log& log_;
};

}  // namespace postbell::store
