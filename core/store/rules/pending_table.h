// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "store/records/recent_keys.h"
#include "store/records/settlement.h"
#include "store/rows/tables.h"

namespace postbell::store {

/// Applies the rules to the pending rows: events merge into them, outcomes take from them. Confined
/// to the writer's thread, inside its transactions. The sink hears of a transaction's rows, and its
/// messages are recognised when they are sent again, only once the transaction is committed.
class PendingTable {
  public:
    /// Generations begin above `first_generation` and above those of the stored rows.
    PendingTable(Tables& tables, std::int64_t first_generation);

    /// A transaction begins. `data_version`: the readers' one, if the transaction changes pending
    /// rows alone, otherwise 0: an event whose registration was read at this version need not look
    /// for it again.
    void begin(std::uint64_t data_version) { data_version_ = data_version; }
    /// Merges an event. False: it changed nothing, since the message was repeated or the
    /// registration is gone.
    bool add(const StagedEvent& event, util::Trace trace);
    /// Events of the store's own: the known count goes out again; the app is to check its
    /// registration.
    void addCount(Id registration, std::int32_t count, util::WallTime now);
    void addCheck(Id registration, util::WallTime now, util::Trace trace = 0);
    /// Tells the sink of the registration's row again, since its device has changed. Whether mail
    /// is pending.
    bool announce(Id registration);
    void settle(const Settlement& settlement);
    void prove(const TokenProof& proof) { tokens_.prove(proof); }

    struct Mark {
        std::size_t rows = 0, keys = 0;
        std::uint64_t without_effect = 0;
    };
    /// Where the transaction stands, to go back there together with a savepoint.
    Mark mark() const { return {rows_.size(), keys_.size(), without_effect_}; }
    void rollBack(Mark mark);
    struct Committed {
        std::vector<Pending> rows;         ///< the last row of each registration
        std::uint64_t without_effect = 0;  ///< events that changed nothing
    };
    /// Hears of a mail event whose place a later event of the same transaction took.
    using Merged = std::function<void(util::Trace earlier, util::Trace into)>;
    /// The transaction is durable since `now`. `merged` may be empty.
    Committed committed(util::RealTime now, const Merged& merged);

  private:
    std::vector<Pending> lastOfEach(const Merged& merged) const;
    /// Nothing: the registration is gone.
    std::optional<Id> deviceOf(const StagedEvent& event);
    /// Gives the row with the event in it.
    PendingRow merge(StoredPending stored, const StagedEvent& event);
    void addOwn(const StagedEvent& event, util::Trace trace);
    void settleMail(Id registration, std::int64_t sent, util::WallTime at);
    void update(const PendingRow& row);
    void apply(const Settlement& settlement, const Delivered& delivered);
    void apply(const Settlement& settlement, const Dropped& dropped);
    void apply(const Settlement& settlement, const CheckSettled& settled);
    void apply(const Settlement& settlement, const DeviceDead& dead);
    void apply(const Settlement& settlement, const First410& first);
    void apply(const Settlement& settlement, const FirstForeign& first);
    /// False: the answer is about another token.
    template <class Answer>
    bool applyToToken(Id device, const Answer& answer);

    PendingRows& stored_;
    TokenRows& tokens_;
    LastCountRows& last_counts_;
    // Goes up with each event of any registration, so that an answer to an old flight never fits a
    // row that was made after it.
    std::int64_t generation_;
    std::uint64_t data_version_ = 0;
    std::vector<Pending> rows_;
    std::vector<std::pair<Id, DedupKey>> keys_;
    std::uint64_t without_effect_ = 0;
    RecentKeys recent_;
};

}  // namespace postbell::store
