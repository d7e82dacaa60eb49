// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "log/log.h"
#include "log/seldom.h"
#include "store/rows/write_session.h"
#include "store/rules/pending_table.h"
#include "store/writer/write_queue.h"
#include "util/clock.h"
#include "util/real_time.h"

namespace postbell::store {

/// Brings groups into the database, each in one transaction. A write that fails is left out and
/// spoils no other. Confined to the writer's thread.
///
/// Nobody waits for settlements and kept writes. One that the database refuses alone, as beside a
/// damaged page, is given up: tried again, it would make every group run twice for it, and a later
/// settlement may be durable meanwhile, whose count an older one must not follow. Nothing is lost
/// with a settlement: its row stays pending, with the count that was pushed. The sink is not told,
/// so that the dispatcher goes on to leave the row alone; the next start pushes it once more, if
/// no later event's settlement has taken it away until then.
class Committer {
  public:
    Committer(WriteSession& session, const util::Clock& clock, log::Log& log);

    struct Result {
        std::string trouble;  ///< why the whole group failed; empty: it is durable
        std::vector<Pending> rows;
        std::uint64_t events_without_effect = 0;
        util::RealTime::duration took{};
        bool wrote = false;  ///< there was something to write
    };
    /// Fills the group's failures. If the group is durable, takes the settlements and kept writes
    /// out of it that were given up.
    Result commit(Group& group);

  private:
    enum class Mode { Together, Apart /* each member can be undone alone */ };
    struct GivenUp {
        std::vector<std::size_t> settlements;  // by their places in the group, rising
        Failure first;                         // of them
        std::vector<std::pair<std::string, Failure>> kept;
    };

    /// False: a member failed, and the group was undone.
    bool attempt(Group& group, Mode mode);
    void runAll(Group& group, Mode mode);
    void runSettlements(const Group& group, Mode mode);
    void runKept(const Group& group, Mode mode);
    /// False: the write failed and was undone.
    template <class WriteOne>
    bool runOne(Mode mode, const WriteOne& write_one, Failure* failure);
    void giveUp(Group& group);
    void logGivenUp(const Group& group);
    /// A member back to where it began. False: the whole transaction is gone.
    bool undo(PendingTable::Mark mark);
    void write(const Group::Member& member);
    void write(const Batch& batch);
    void write(const SubscriptionChange& change, util::Trace trace);
    void write(const MailboxChange& change);
    void write(const SeenLedger::Row& news);
    void rollBack() noexcept;
    Result durable(util::RealTime::duration took);

    WriteSession& session_;
    PendingTable pending_;
    const util::Clock& clock_;
    log::Log& log_;
    GivenUp given_up_;
    bool wrote_ = false;  // the transaction that was committed last
    log::Seldom<util::RealTime> given_up_lines_;
};

}  // namespace postbell::store
