// SPDX-License-Identifier: Apache-2.0
#include "store/writer/write_queue.h"
#include "util/exception_text.h"

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

std::size_t sizeOf(const Batch& batch) {
    return std::max<std::size_t>(
        1, batch.events.size() + batch.changes.size() + batch.mailbox_changes.size());
}

bool changesOnlyPending(const Settlement& settlement) {
    return settledPart(settlement).has_value();
}

bool changesOnlyPending(const Group::Member& member) {
    const Batch* batch = std::get_if<Batch>(&member);
    return batch && batch->changes.empty() && batch->mailbox_changes.empty();
}

}  // namespace

std::string Failure::text() const {
    if (!thrown) return reason;
    try {
        std::rethrow_exception(thrown);
    } catch (...) {
        return util::exceptionText();
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

std::vector<const std::pair<const std::string, KeptWrite>*> Group::keptInOrder() const {
    std::vector<const std::pair<const std::string, KeptWrite>*> order;
    order.reserve(kept.size());
    for (const auto& one : kept) order.push_back(&one);
    std::ranges::sort(order, {}, [](const auto* one) { return one->second.number; });
    return order;
}

void WriteQueue::settle(const std::vector<Settlement>& settlements, util::RealTime now) {
    if (settlements_.empty()) settle_at_ = now + kSettleDelay;
    settlements_.insert(settlements_.end(), settlements.begin(), settlements.end());
}

void WriteQueue::keep(const std::string& key, Write write, std::function<void()> durable) {
    const auto earlier = kept_.find(key);
    if (earlier != kept_.end() && earlier->second.durable && durable)
        durable = [first = earlier->second.durable, second = std::move(durable)] {
            first();
            second();
        };
    kept_.insert_or_assign(key, KeptWrite{++last_kept_, std::move(write), std::move(durable)});
    urgent_ = true;
}

util::RealTime WriteQueue::due() const {
    constexpr util::RealTime kNow = util::RealTime::min();
    if (!members_.empty()) return kNow;
    const bool any_kept = !settlements_.empty() || !kept_.empty();
    const bool any_seen = !seen_.empty();
    if (stopping_) return (any_kept || any_seen) && !last_try_ ? kNow : util::RealTime::max();
    if (!kept_.empty() && (!backingOff() || urgent_)) return kNow;
    if (!backingOff() && settlements_.size() >= kMaxSettlements) return kNow;
    util::RealTime due = util::RealTime::max();
    if (any_kept && backingOff()) due = std::min(due, retry_at_);
    if (!settlements_.empty() && !backingOff()) due = std::min(due, settle_at_);
    if (any_seen)
        due =
            std::min(due, backingOff() ? std::max(seen_pace_.due(), retry_at_) : seen_pace_.due());
    return due;
}

void WriteQueue::take(Group& group, util::RealTime now) {
    if (stopping_ && members_.empty()) last_try_ = true;
    urgent_ = false;
    std::size_t size = 0;
    bool flush = stopping_;
    while (!members_.empty() && size < kMaxGroup) {
        Group::Member& member = members_.front();
        if (const Batch* batch = std::get_if<Batch>(&member)) {
            size += sizeOf(*batch);
        } else {
            flush = flush || std::get<Blocking*>(member)->flush;
            ++size;
        }
        group.members.push_back(std::move(member));
        members_.pop_front();
    }
    const std::size_t settlements =
        flush ? settlements_.size() : std::min(kMaxGroup, settlements_.size());
    const auto end = settlements_.begin() + static_cast<std::ptrdiff_t>(settlements);
    group.settlements.assign(settlements_.begin(), end);
    settlements_.erase(settlements_.begin(), end);
    group.kept.swap(kept_);
    if (seen_.empty()) return;
    const std::size_t room = kMaxGroup - std::min(kMaxGroup, size + settlements);
    const std::size_t rows =
        flush ? SIZE_MAX : std::min(room, seen_pace_.rowsBeside(group.members.size(), now));
    if (rows == 0) return;
    group.seen = seen_.take(rows);
    seen_pace_.took(group.seen.size(), now);
}

void WriteQueue::failed(Group& group, util::RealTime now) {
    settlements_.insert(settlements_.begin(), group.settlements.begin(), group.settlements.end());
    group.settlements.clear();
    kept_.merge(group.kept);  // leaves out those that a newer write has replaced
    seen_.putBack(group.seen);
    retry_at_ = now + backoff_.next();
}

}  // namespace postbell::store
