// SPDX-License-Identifier: Apache-2.0
#include "store/rules/pending_table.h"

#include <algorithm>
#include <exception>
#include <unordered_map>
#include <variant>

namespace postbell::store {

namespace {

constexpr std::size_t kRecentKeys = 65'536;

/// Tells of the earlier mail event, whose place the row's takes.
void tellMerged(const EventTrail& earlier, const EventTrail& row,
                const PendingTable::Merged& merged) {
    if (merged && row.mail_trace != 0 && earlier.mail_trace != 0 &&
        earlier.mail_trace != row.mail_trace)
        merged(earlier.mail_trace, row.mail_trace);
}

EventTrail trailOf(const StagedEvent& event, util::Trace trace) {
    const bool mail = event.kind != StagedEvent::Kind::Check;
    EventTrail trail;
    (mail ? trail.mail_trace : trail.check_trace) = trace;
    trail.events = mail ? 1 : 0;
    return trail;
}

}  // namespace

PendingTable::PendingTable(Tables& tables, std::int64_t first_generation)
    : stored_(tables.pending()),
      tokens_(tables.tokens()),
      last_counts_(tables.lastCounts()),
      generation_(std::max(first_generation, stored_.newestGeneration())),
      recent_(kRecentKeys) {}

bool PendingTable::add(const StagedEvent& event, util::Trace trace) {
    const std::optional<Id> device = deviceOf(event);
    StoredPending stored;
    if (device) stored = stored_.find(event.registration);
    const bool repeated = stored.dedup.contains(event.dedup) ||
                          (event.dedup != 0 && recent_.contains(event.registration, event.dedup));
    if (!device || repeated) {
        ++without_effect_;
        return false;
    }
    const PendingRow row = merge(stored, event);
    rows_.push_back({row, trailOf(event, trace), *device, event.app, event.environment,
                     *device == event.device ? event.device_proven_at : util::WallTime()});
    return true;
}

PendingRow PendingTable::merge(StoredPending stored, const StagedEvent& event) {
    stored.row.merge(event, ++generation_);
    if (event.dedup != 0) {
        stored.dedup.add(event.dedup);
        keys_.emplace_back(event.registration, event.dedup);
    }
    stored_.put(stored);
    return stored.row;
}

std::optional<Id> PendingTable::deviceOf(const StagedEvent& event) {
    if (event.data_version != 0 && event.data_version == data_version_) return event.device;
    // Since the event was staged, the registration may have moved, or gone.
    return stored_.deviceOf(event.registration);
}

void PendingTable::addCount(Id registration, std::int32_t count, util::WallTime now) {
    StagedEvent event;
    event.registration = registration;
    event.count = count;
    event.received = now;
    addOwn(event, 0);
}

void PendingTable::addCheck(Id registration, util::WallTime now, util::Trace trace) {
    StagedEvent event;
    event.registration = registration;
    event.kind = StagedEvent::Kind::Check;
    event.received = now;
    addOwn(event, trace);
}

void PendingTable::addOwn(const StagedEvent& event, util::Trace trace) {
    if (!stored_.deviceOf(event.registration)) {
        ++without_effect_;
        return;
    }
    merge(stored_.find(event.registration), event);
    // The event does not say whose device it is for.
    std::optional<Pending> row = stored_.findWithDevice(event.registration);
    if (!row) return;
    static_cast<EventTrail&>(*row) = trailOf(event, trace);
    rows_.push_back(*row);
}

bool PendingTable::announce(Id registration) {
    const std::optional<Pending> row = stored_.findWithDevice(registration);
    if (!row) return false;
    rows_.push_back(*row);
    return row->hasMail();
}

void PendingTable::settle(const Settlement& settlement) {
    std::visit([&](const auto& outcome) { apply(settlement, outcome); }, settlement.outcome);
}

void PendingTable::settleMail(Id registration, std::int64_t sent, util::WallTime at) {
    if (stored_.removeEmptiedByMail(registration, sent)) return;
    PendingRow row = stored_.find(registration).row;
    row.settleMail(sent, at);
    update(row);
}

void PendingTable::update(const PendingRow& row) {
    if (row.generation == 0) return;  // the registration is gone, or its row was settled already
    if (row.isEmpty())
        stored_.remove(row.registration);
    else
        stored_.update(row);
}

void PendingTable::apply(const Settlement& settlement, const Delivered& delivered) {
    settleMail(settlement.registration, delivered.generation, delivered.at);
    if (delivered.shared) last_counts_.set(settlement.registration, delivered.count);
}

void PendingTable::apply(const Settlement& settlement, const Dropped& dropped) {
    settleMail(settlement.registration, dropped.generation, dropped.at);
}

void PendingTable::apply(const Settlement& settlement, const CheckSettled& settled) {
    if (stored_.removeEmptiedByCheck(settlement.registration, settled.generation)) return;
    PendingRow row = stored_.find(settlement.registration).row;
    row.settleCheck(settled.generation);
    update(row);
}

void PendingTable::apply(const Settlement& settlement, const DeviceDead& dead) {
    if (applyToToken(settlement.device, dead)) stored_.removeAllOfDevice(settlement.device);
}

void PendingTable::apply(const Settlement& settlement, const First410& first) {
    applyToToken(settlement.device, first);
}

void PendingTable::apply(const Settlement& settlement, const FirstForeign& first) {
    applyToToken(settlement.device, first);
}

template <class Answer>
bool PendingTable::applyToToken(Id device, const Answer& answer) {
    TokenState token = tokens_.find(device);
    if (!token.apply(answer)) return false;
    tokens_.put(device, token);
    return true;
}

void PendingTable::rollBack(Mark mark) {
    rows_.resize(mark.rows);
    keys_.resize(mark.keys);
    without_effect_ = mark.without_effect;
}

PendingTable::Committed PendingTable::committed(util::RealTime now, const Merged& merged) {
    Committed committed;
    committed.without_effect = std::exchange(without_effect_, 0);
    for (Pending& row : rows_) row.durable = row.events > 0 ? now : util::RealTime();
    try {
        for (const auto& [registration, key] : keys_) recent_.add(registration, key);
        if (rows_.size() >= 2) committed.rows = lastOfEach(merged);
    } catch (const std::exception&) {
        // Without memory a durable row is told all the same: each instead of the last, and a
        // message that is repeated may ring twice.
    }
    keys_.clear();
    if (committed.rows.empty()) committed.rows = std::move(rows_);
    rows_.clear();
    return committed;
}

std::vector<Pending> PendingTable::lastOfEach(const Merged& merged) const {
    std::unordered_map<Id, std::size_t> known;
    std::vector<Pending> last_of_each;
    last_of_each.reserve(rows_.size());
    for (auto row = rows_.rbegin(); row != rows_.rend(); ++row) {
        const auto [place, is_last] = known.emplace(row->registration, last_of_each.size());
        if (is_last) {
            last_of_each.push_back(*row);
            continue;
        }
        Pending& last = last_of_each[place->second];
        tellMerged(*row, last, merged);
        last.takeIn(*row);
    }
    std::reverse(last_of_each.begin(), last_of_each.end());
    return last_of_each;
}

}  // namespace postbell::store
