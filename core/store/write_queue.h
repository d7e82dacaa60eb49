// SPDX-License-Identifier: Apache-2.0
// The writes that wait to be committed, and the rules of which go together and when.
#pragma once
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "store/events.h"
#include "store/seen_ledger.h"
#include "store/write_session.h"
#include "util/real_time.h"

namespace postbell::store {

class PendingTable;

/// A write of a desk's own: runs on the writer's thread, inside a transaction. Must give the same
/// when it runs twice: a group in which one member fails is rolled back and run again.
using Write = std::function<void(PendingTable& pending)>;

/// Why a member failed: a sentence about the database, or the exception of its own write.
/// Exceptions are made by the thread that throws them.
struct Failure {
    std::string reason;
    std::exception_ptr thrown;
    explicit operator bool() const { return thrown || !reason.empty(); }
    /// The sentence, or what the exception says.
    std::string text() const;
};

/// A write that its thread waits for.
struct Blocking {
    Write write;
    bool drain = false;  ///< takes every write along that was queued before
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
    std::vector<Settlement> failed_settlements;
    std::map<std::string, Write> kept;
    std::vector<SeenLedger::Row> seen;

    std::size_t operations() const { return members.size() + settlements.size() + kept.size(); }
    bool isEmpty() const { return operations() == 0 && seen.empty(); }
    Changed changed() const;
};

/// Batches and blocking writes, whose senders wait, do not wait for company. Settlements do, a
/// moment: alone they would cost as many commits as the events. Rows of the ledger go along where
/// they hardly count. All its times are real: commits take the disk's time and the database's
/// trouble lasts as long as it lasts, whatever the speed of the gateway's clock. Not thread-safe.
class WriteQueue {
  public:
    using Duration = util::RealTime::duration;

    /// `seen_delay`: how long the first row of the ledger waits for company, and the pause between
    /// two bursts of rows.
    explicit WriteQueue(Duration seen_delay) : seen_delay_(seen_delay) {}

    void add(Group::Member member) { members_.push_back(std::move(member)); }
    void settle(const std::vector<Settlement>& settlements, util::RealTime now);
    /// A later write with the same key takes the place of the earlier one.
    void keep(const std::string& key, Write write);
    void seenCame(util::RealTime now);
    /// The last chance of all that waits: it goes at once.
    void stop() { stopping_ = true; }

    std::size_t size() const { return members_.size() + settlements_.size() + kept_.size(); }
    bool stopping() const { return stopping_; }
    /// When the next group is to be made: in the past, if now; util::RealTime::max(): when a write
    /// comes.
    util::RealTime due() const;
    /// Moves writes into `group`, which is a whole one also if this throws for want of memory.
    /// `seen`: where rows are taken from. Between stop() and the end there is one group of kept
    /// writes alone: those that fail then are lost with the process.
    void take(Group& group, SeenLedger& seen, util::RealTime now);

    /// The group is durable, but for its failed settlements.
    void succeeded(const Group& group, util::RealTime now);
    /// The database could not be written. Members hear of it from the caller; the rest of the group
    /// is kept and tried again.
    void failed(Group& group, SeenLedger& seen, util::RealTime now);

  private:
    void takeSeen(Group& group, std::size_t size, bool drain, SeenLedger& seen, util::RealTime now);
    void beginSeenBurst(util::RealTime at);
    void keepSettlements(const std::vector<Settlement>& settlements);
    void backOff(util::RealTime now);

    const Duration seen_delay_;
    std::deque<Group::Member> members_;
    std::deque<Settlement> settlements_;
    std::map<std::string, Write> kept_;
    bool stopping_ = false;
    bool last_try_ = false;
    // Kept writes and settlements are tried again at retry_at_, or with the next group.
    bool backing_off_ = false;
    bool urgent_ = false;  // kept writes came since the last group
    bool any_seen_ = false;
    util::RealTime retry_at_{}, settle_at_{};
    Duration retry_delay_{};
    util::RealTime burst_at_{};  // from then on rows of the ledger go along with large groups
    util::RealTime seen_at_{};   // from then on they go by themselves
    std::size_t burst_left_ = 0;
};

}  // namespace postbell::store
