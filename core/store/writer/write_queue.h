// SPDX-License-Identifier: Apache-2.0
// The writes that wait to be committed, and the rules of which go together and when.
#pragma once
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "store/events.h"
#include "store/rows/write_session.h"
#include "store/writer/seen_ledger.h"
#include "store/writer/seen_pace.h"
#include "util/backoff.h"
#include "util/real_time.h"

namespace postbell::store {

class PendingTable;

/// The first pause after the database could not be written, and the greatest.
constexpr util::Milliseconds kFirstRetry{100}, kMaxRetry{5000};

/// A write of a desk's own: runs on the writer's thread, inside a transaction. Must give the same
/// when it runs twice: a group in which one member fails is rolled back and run again.
using Write = std::function<void(PendingTable& pending)>;

/// Why a member failed: a sentence about the database, or the exception of its own write.
/// Exceptions are made by the thread that throws them.
struct Failure {
    std::string reason;
    std::exception_ptr thrown;
    explicit operator bool() const { return thrown || !reason.empty(); }
    /// The sentence, or the exception's.
    std::string text() const;
};

/// A write that is tried until it is durable.
struct KeptWrite {
    std::uint64_t number = 0;  ///< grows in the order in which they came
    Write write;
    std::function<void()> durable;  ///< see WriteQueue::keep(); may be empty
};

/// A write that its thread waits for.
struct Blocking {
    Write write;
    bool flush = false;  ///< takes every write along that was queued before
    bool finished = false;
    Failure failure;
    std::condition_variable finish;  ///< of its own: each commit ends the wait of many
};

/// The writes of one transaction.
struct Group {
    using Member = std::variant<Batch, Blocking*>;
    std::vector<Member> members;
    std::vector<Failure> failures;  ///< one for each member
    std::vector<Settlement> settlements;
    std::map<std::string, KeptWrite> kept;
    std::vector<SeenLedger::Row> seen;

    std::size_t operations() const { return members.size() + settlements.size() + kept.size(); }
    bool isEmpty() const { return operations() == 0 && seen.empty(); }
    Changed changed() const;
    /// In the order in which they came: where two change one row, the later one counts.
    std::vector<const std::pair<const std::string, KeptWrite>*> keptInOrder() const;
};

/// Batches and blocking writes, whose senders wait, do not wait for company. Settlements do, a
/// moment: alone they would cost as many commits as the events. Rows of the ledger go along where
/// they hardly count. All its times are real: commits take the disk's time and the database's
/// trouble lasts as long as it lasts, whatever the speed of the gateway's clock. Not thread-safe.
class WriteQueue {
  public:
    /// `seen`: where rows of the ledger are taken from. `seen_delay`: see SeenPace.
    WriteQueue(SeenLedger& seen, util::RealTime::duration seen_delay)
        : seen_(seen), seen_pace_(seen_delay) {}

    void add(Group::Member member) { members_.push_back(std::move(member)); }
    void settle(const std::vector<Settlement>& settlements, util::RealTime now);
    /// A later write with the same key takes the place of the earlier one. `durable` is for the
    /// writer to call once this write is durable, or one that took its place.
    void keep(const std::string& key, Write write, std::function<void()> durable = {});
    /// The ledger has a row after it had none.
    void seenCame(util::RealTime now) { seen_pace_.came(now); }
    /// The last chance of all that waits: it goes at once.
    void stop() { stopping_ = true; }

    std::size_t size() const { return members_.size() + settlements_.size() + kept_.size(); }
    bool stopping() const { return stopping_; }
    /// When the next group is to be made: in the past, if now; util::RealTime::max(): when a write
    /// comes.
    util::RealTime due() const;
    /// Moves writes into `group`, which is a whole one also if this throws for want of memory.
    /// Between stop() and the end there is one group of kept writes alone: those that fail then are
    /// lost with the process.
    void take(Group& group, util::RealTime now);

    /// A group is durable.
    void succeeded() { backoff_.reset(); }
    /// The database could not be written. Members hear of it from the caller; the rest of the group
    /// is taken back and tried again. If this throws for want of memory, it is to be called again
    /// with what is left of the group.
    void failed(Group& group, util::RealTime now);

  private:
    bool backingOff() const { return backoff_.failures() > 0; }

    SeenLedger& seen_;
    SeenPace seen_pace_;
    std::deque<Group::Member> members_;
    std::deque<Settlement> settlements_;
    std::map<std::string, KeptWrite> kept_;
    std::uint64_t last_kept_ = 0;
    bool stopping_ = false;
    bool last_try_ = false;
    bool urgent_ = false;  // kept writes came since the last group
    util::RealTime settle_at_{};
    // After a failure, kept writes and settlements are tried again at retry_at_, or with the next
    // group. Real time: the database is in trouble for as long as its disk or its lock holder is,
    // whatever the speed of the gateway's clock.
    util::Backoff backoff_{kFirstRetry, kMaxRetry};
    util::RealTime retry_at_{};
};

}  // namespace postbell::store
