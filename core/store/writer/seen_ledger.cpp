// SPDX-License-Identifier: Apache-2.0
#include "store/writer/seen_ledger.h"

#include <algorithm>

namespace postbell::store {

namespace {

// Beyond that, news of further registrations is forgotten.
constexpr std::size_t kMaxRows = 1'000'000;
// Longer than a read takes.
constexpr std::chrono::seconds kKeptReadable{1};

}  // namespace

template <class Change>
void SeenLedger::apply(Id registration, const Change& change) {
    const auto found = fresh_.find(registration);
    if (found != fresh_.end())
        change(found->second);
    else if (fresh_.size() < kMaxRows)
        change(fresh_[registration]);
}

template <class Change>
void SeenLedger::note(Id registration, const Change& change) {
    bool first = false;
    {
        const std::lock_guard lock(rows_mutex_);
        apply(registration, change);
        first = !any_.exchange(true);
    }
    if (first && came_) came_();
}

void SeenLedger::deviceCalled(Id registration, util::WallTime now) {
    note(registration, [&](Seen& seen) { seen.device_at = now; });
}

void SeenLedger::heard(std::span<const Heard> registrations, util::WallTime now, Sign sign) {
    if (registrations.empty()) return;
    bool first = false;
    {
        const std::lock_guard lock(rows_mutex_);
        for (const Heard& heard : registrations)
            apply(heard.registration, [&](Seen& seen) {
                seen.heard_at = now;
                if (sign == Sign::OfEvent) seen.event_at = now;
                if (heard.own_folder) seen.own_folder_at = now;
            });
        first = !any_.exchange(true);
    }
    if (first && came_) came_();
}

void SeenLedger::pushed(Id registration, util::WallTime now, std::string_view outcome) {
    note(registration, [&](Seen& seen) {
        seen.push_at = now;
        seen.outcome = outcome;
    });
}

void SeenLedger::nudged(Id registration, util::WallTime now, std::uint32_t nudges) {
    note(registration, [&](Seen& seen) {
        seen.nudged_at = now;
        seen.nudges = nudges;
    });
}

void SeenLedger::tokenProven(Id registration, const TokenProof& proof) {
    note(registration, [&](SeenNews& news) { news.proof = proof; });
}

void SeenLedger::complete(Id registration, Seen& seen, util::WallTime now) const {
    seen.forgetFuture(now);
    const std::lock_guard lock(rows_mutex_);
    for (const Rows* rows : {&readable_, &taken_, &fresh_})
        if (const auto found = rows->find(registration); found != rows->end())
            seen.update(found->second, now);
}

std::vector<SeenLedger::Row> SeenLedger::take(std::size_t at_most) {
    std::vector<Row> rows;
    const std::lock_guard lock(rows_mutex_);
    rows.reserve(std::min(at_most, fresh_.size()));
    while (rows.size() < at_most && !fresh_.empty()) {
        rows.emplace_back(*fresh_.begin());
        taken_[rows.back().first].merge(rows.back().second);
        fresh_.erase(fresh_.begin());
    }
    any_ = !fresh_.empty();
    return rows;
}

void SeenLedger::written(util::RealTime now) {
    const std::lock_guard lock(rows_mutex_);
    if (now - readable_since_ < kKeptReadable) return;
    // Both generations are readable; the older one has been for long enough.
    readable_ = std::exchange(taken_, {});
    readable_since_ = now;
}

void SeenLedger::putBack(std::vector<Row>& rows) {
    const std::lock_guard lock(rows_mutex_);
    for (; !rows.empty(); rows.pop_back()) {
        auto& [registration, news] = rows.back();
        // News that came since is newer.
        SeenNews& fresh = fresh_[registration];
        news.merge(fresh);
        fresh = std::move(news);
        any_ = true;
    }
}

}  // namespace postbell::store
