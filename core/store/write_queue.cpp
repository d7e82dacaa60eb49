// SPDX-License-Identifier: Apache-2.0
#include "store/write_queue.h"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace postbell::store {

namespace {

constexpr std::size_t kMaxGroup = 1024;

// How long settlements wait for events to be committed with. A crash repeats the pushes that were
// answered in that time.
constexpr util::Milliseconds kSettleDelay{20};
constexpr std::size_t kMaxSettlements = 256;

// A row of the ledger is on a page of its own for nearly each registration, so that a few dozen
// rows take longer than an event. They go with large groups, in which they hardly count, and
// otherwise with settlements or alone, where an event waits for them only if it comes in that
// moment.
constexpr std::size_t kLargeGroup = 16;
constexpr std::size_t kSeenBesideLarge = 64, kSeenBesideNobody = 32;
constexpr util::Milliseconds kSeenPause{10};
// Small groups may follow one another closely.
constexpr util::Milliseconds kSeenOverdue{50};
// Each group with rows of the ledger makes the readers take new snapshots and fill their caches
// anew. So rows go in bursts of consecutive groups, and the rest merges between the bursts.
constexpr std::size_t kMaxSeenBurst = 2'000;

// Real time: the database is in trouble for as long as its disk or its lock holder is, whatever the
// speed of the gateway's clock.
constexpr util::Milliseconds kFirstRetry{100}, kMaxRetry{5000};

std::size_t sizeOf(const Batch& batch) {
    return std::max<std::size_t>(
        1, batch.events.size() + batch.changes.size() + batch.mailbox_changes.size());
}

bool changesOnlyPending(const Settlement& settlement) {
    return std::holds_alternative<Delivered>(settlement.outcome) ||
           std::holds_alternative<Dropped>(settlement.outcome) ||
           std::holds_alternative<CheckSent>(settlement.outcome);
}

bool changesOnlyPending(const Group::Member& member) {
    const Batch* batch = std::get_if<Batch>(&member);
    return batch && batch->changes.empty() && batch->mailbox_changes.empty() && !batch->note;
}

}  // namespace

std::string Failure::text() const {
    if (!thrown) return reason;
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception& error) {
        return error.what();
    }
}

Changed Group::changed() const {
    const auto only_pending = [](const auto& one) { return changesOnlyPending(one); };
    const bool all_only_pending =
        kept.empty() && seen.empty() &&
        std::all_of(settlements.begin(), settlements.end(), only_pending) &&
        std::all_of(members.begin(), members.end(), only_pending);
    return all_only_pending ? Changed::PendingOnly : Changed::Anything;
}

void WriteQueue::settle(const std::vector<Settlement>& settlements, util::RealTime now) {
    if (settlements_.empty()) settle_at_ = now + kSettleDelay;
    settlements_.insert(settlements_.end(), settlements.begin(), settlements.end());
}

void WriteQueue::keep(const std::string& key, Write write) {
    kept_.insert_or_assign(key, std::move(write));
    urgent_ = true;
}

void WriteQueue::seenCame(util::RealTime now) {
    if (!std::exchange(any_seen_, true)) beginSeenBurst(now + seen_delay_);
}

util::RealTime WriteQueue::due() const {
    constexpr util::RealTime kNow = util::RealTime::min();
    if (!members_.empty()) return kNow;
    const bool any_kept = !settlements_.empty() || !kept_.empty();
    if (stopping_) return (any_kept || any_seen_) && !last_try_ ? kNow : util::RealTime::max();
    if (!kept_.empty() && (!backing_off_ || urgent_)) return kNow;
    if (!backing_off_ && settlements_.size() >= kMaxSettlements) return kNow;
    util::RealTime due = util::RealTime::max();
    if (any_kept && backing_off_) due = std::min(due, retry_at_);
    if (!settlements_.empty() && !backing_off_) due = std::min(due, settle_at_);
    if (any_seen_) due = std::min(due, backing_off_ ? std::max(seen_at_, retry_at_) : seen_at_);
    return due;
}

void WriteQueue::take(Group& group, SeenLedger& seen, util::RealTime now) {
    if (stopping_ && members_.empty()) last_try_ = true;
    urgent_ = false;
    std::size_t size = 0;
    bool drain = stopping_;
    while (!members_.empty() && size < kMaxGroup) {
        Group::Member& member = members_.front();
        if (const Batch* batch = std::get_if<Batch>(&member)) {
            size += sizeOf(*batch);
        } else {
            drain = drain || std::get<Blocking*>(member)->drain;
            ++size;
        }
        group.members.push_back(std::move(member));
        members_.pop_front();
    }
    const std::size_t settlements =
        drain ? settlements_.size() : std::min(kMaxGroup, settlements_.size());
    const auto end = settlements_.begin() + static_cast<std::ptrdiff_t>(settlements);
    group.settlements.assign(settlements_.begin(), end);
    settlements_.erase(settlements_.begin(), end);
    group.kept.swap(kept_);
    if (any_seen_) takeSeen(group, size + settlements, drain, seen, now);
}

void WriteQueue::takeSeen(Group& group, std::size_t size, bool drain, SeenLedger& seen,
                          util::RealTime now) {
    const std::size_t members = group.members.size();
    const bool large = members >= kLargeGroup;
    const bool along =
        large ? now >= burst_at_ : now >= (members == 0 ? seen_at_ : seen_at_ + kSeenOverdue);
    if (!drain && !along) return;
    std::size_t rows = SIZE_MAX;
    if (!drain) {
        rows = size < kMaxGroup ? kMaxGroup - size : 0;
        rows = std::min({rows, large ? kSeenBesideLarge : kSeenBesideNobody, burst_left_});
    }
    group.seen = seen.take(rows);
    any_seen_ = !seen.empty();
    burst_left_ -= std::min(burst_left_, group.seen.size());
    if (burst_left_ == 0)
        beginSeenBurst(now + seen_delay_);
    else
        seen_at_ = now + kSeenPause;
}

void WriteQueue::beginSeenBurst(util::RealTime at) {
    seen_at_ = burst_at_ = at;
    burst_left_ = kMaxSeenBurst;
}

void WriteQueue::succeeded(const Group& group, util::RealTime now) {
    // Refused one by one, as by a damaged page: other writes do not wait for them.
    keepSettlements(group.failed_settlements);
    backing_off_ = !group.failed_settlements.empty();
    backOff(now);
}

void WriteQueue::failed(Group& group, SeenLedger& seen, util::RealTime now) {
    keepSettlements(group.settlements);
    keepSettlements(group.failed_settlements);
    kept_.merge(group.kept);  // leaves out those that a newer write has replaced
    if (!group.seen.empty()) {
        seen.putBack(std::move(group.seen));
        any_seen_ = true;
    }
    backing_off_ = true;
    backOff(now);
}

void WriteQueue::keepSettlements(const std::vector<Settlement>& settlements) {
    settlements_.insert(settlements_.begin(), settlements.begin(), settlements.end());
}

void WriteQueue::backOff(util::RealTime now) {
    const auto doubled = std::clamp<Duration>(retry_delay_ * 2, kFirstRetry, kMaxRetry);
    retry_delay_ = backing_off_ ? doubled : Duration::zero();
    retry_at_ = now + retry_delay_;
}

}  // namespace postbell::store
