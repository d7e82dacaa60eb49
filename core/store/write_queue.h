// SPDX-License-Identifier: Apache-2.0
// What waits to be committed, and the rules of what goes together and when.
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

namespace postbell::store {

class Connection;
class PendingTable;

/// What a write may use, on the writer's thread and inside its transaction.
struct WriteContext {
    Connection& connection;
    PendingTable& pending;
};
/// Must give the same when it runs twice: a group in which one member fails is rolled back and run
/// again.
using Write = std::function<void(WriteContext&)>;

/// Why a member failed: a sentence about the database, or what its own write threw. Exceptions are
/// made by the thread that throws them.
struct Failure {
    std::string reason;
    std::exception_ptr thrown;
    explicit operator bool() const { return thrown || !reason.empty(); }
};

/// A write that its thread waits for.
struct Blocking {
    Write write;
    bool drain = false;  ///< takes everything along that was queued before
    bool finished = false;
    Failure failure;
    std::condition_variable finish;  ///< of its own: each commit ends the wait of many
};

/// What is committed together.
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
    /// It changes rows of `pending` and `last_count`, and no others.
    bool changesOnlyPending() const;
};

/// Nothing that somebody waits for waits for company. Settlements do, a moment: nobody waits for
/// them, and alone they would cost as many commits as the events. What was seen goes along where it
/// hardly counts. Instants are the machine's, whatever the gateway's clock says. Not thread-safe.
class WriteQueue {
  public:
    using Instant = std::chrono::steady_clock::time_point;
    using Duration = std::chrono::steady_clock::duration;

    /// `seen_delay`: how long the first row that was seen may wait for company.
    explicit WriteQueue(Duration seen_delay) : seen_delay_(seen_delay) {}

    void add(Group::Member member) { members_.push_back(std::move(member)); }
    void settle(const std::vector<Settlement>& settlements, Instant now);
    /// A later one with the same key takes its place.
    void keep(const std::string& key, Write write);
    void seenCame(Instant now);
    /// The last chance of what waits: everything goes at once.
    void stop() { stopping_ = true; }

    std::size_t size() const { return members_.size() + settlements_.size() + kept_.size(); }
    bool stopping() const { return stopping_; }
    /// When the next group is to be made: in the past, if now; Instant::max(): when something
    /// comes.
    Instant due() const;
    /// `seen`: where rows are taken from. Between stop() and the end there is one group that has
    /// nothing but what was kept: what fails then is lost with the process.
    Group take(SeenLedger& seen, Instant now);

    /// The group is durable, but for its failed settlements.
    void succeeded(const Group& group, Instant now);
    /// The database could not be written. Members are told; the rest is kept and tried again.
    void failed(Group& group, SeenLedger& seen, Instant now);

  private:
    void takeSeen(Group& group, std::size_t size, bool drain, SeenLedger& seen, Instant now);
    void keepSettlements(const std::vector<Settlement>& settlements);
    void backOff(Instant now);

    const Duration seen_delay_;
    std::deque<Group::Member> members_;
    std::deque<Settlement> settlements_;
    std::map<std::string, Write> kept_;
    bool stopping_ = false;
    bool last_try_ = false;
    bool backing_off_ = false;  // what was kept is tried again at retry_at_, or with the next group
    bool urgent_ = false;       // kept writes came since the last group
    bool any_seen_ = false;
    Instant retry_at_{}, settle_at_{}, seen_at_{};
    Duration retry_delay_{};
    // Rows that may still be written: it fills up with time.
    double seen_allowance_ = 0;
    Instant allowance_at_{};
};

}  // namespace postbell::store
