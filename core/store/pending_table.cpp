// SPDX-License-Identifier: Apache-2.0
#include "store/pending_table.h"

#include <algorithm>
#include <unordered_map>
#include <variant>

#include "store/pending_reads.h"
#include "store/token_state.h"

namespace postbell::store {

namespace {

constexpr std::size_t kRecentKeys = 65'536;

// Two statements and a merge in between: an upsert that returned its row would put it into a table
// of its own first, which costs more than both.
constexpr const char* kFind =
    "SELECT generation, mail_generation, new_mail_generation, check_generation, count, since, "
    "occurred, dedup FROM pending WHERE registration = ?1";
constexpr const char* kFindDevice = "SELECT device FROM registration WHERE id = ?1";
constexpr const char* kPut = R"sql(
REPLACE INTO pending (registration, generation, mail_generation, new_mail_generation, check_generation, count, since, occurred, dedup)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
)sql";

constexpr const char* kUpdate =
    "UPDATE pending SET mail_generation = ?2, new_mail_generation = ?3, check_generation = ?4, "
    "since = ?5 WHERE registration = ?1";
constexpr const char* kRemove = "DELETE FROM pending WHERE registration = ?1";
// PendingRow::isEmptiedByMail() and isEmptiedByCheck(): mostly nothing came during the flight, and
// one statement settles the row.
constexpr const char* kRemoveEmptiedByMail =
    "DELETE FROM pending WHERE registration = ?1 AND mail_generation <= ?2 AND "
    "check_generation = 0";
constexpr const char* kRemoveEmptiedByCheck =
    "DELETE FROM pending WHERE registration = ?1 AND check_generation <= ?2 AND "
    "mail_generation = 0";

/// The trail of a row's earlier state; its events are merged already.
void takeIn(EventTrail& row, const EventTrail& earlier, const PendingTable::Merged& merged) {
    if (row.mail_trace == 0)
        row.mail_trace = earlier.mail_trace;
    else if (merged && earlier.mail_trace != 0 && earlier.mail_trace != row.mail_trace)
        merged(earlier.mail_trace, row.mail_trace);
    if (row.check_trace == 0) row.check_trace = earlier.check_trace;
    row.events += earlier.events;
    row.durable = std::max(row.durable, earlier.durable);
}

TokenState readToken(Connection& connection, Id device) {
    Query query(connection, "SELECT token_at, dead_at, first_410_at FROM device WHERE id = ?1",
                device);
    if (!query.next()) return {};
    return {query.time(0), query.time(1), query.time(2)};
}

void write(Connection& connection, Id device, const TokenState& token) {
    Query(connection, "UPDATE device SET dead_at = ?2, first_410_at = ?3 WHERE id = ?1", device,
          token.dead_at, token.first_410_at)
        .run();
}

std::int64_t newestGeneration(Connection& connection) {
    Query query(connection, "SELECT coalesce(max(generation), 0) FROM pending");
    query.next();
    return query.number(0);
}

}  // namespace

PendingTable::PendingTable(Connection& connection, std::int64_t first_generation)
    : connection_(connection),
      generation_(std::max(first_generation, newestGeneration(connection))),
      recent_(kRecentKeys) {}

bool PendingTable::add(const StagedEvent& event, util::Trace trace) {
    const std::optional<Id> device = deviceOf(event);
    Stored stored;
    if (device) stored = find(event.registration);
    if (!device || recent_.repeats(event.registration, event.dedup, stored.dedup)) {
        ++without_effect_;
        return false;
    }
    stored.row.merge(event, ++generation_);
    if (!event.dedup.empty()) {
        stored.dedup = event.dedup;
        keys_.emplace_back(event.registration, event.dedup);
    }
    put(stored);
    const bool mail = event.kind != StagedEvent::Kind::Check;
    EventTrail trail;
    (mail ? trail.mail_trace : trail.check_trace) = trace;
    trail.events = mail ? 1 : 0;
    rows_.push_back({stored.row, trail, *device, event.app, event.environment});
    return true;
}

std::optional<Id> PendingTable::deviceOf(const StagedEvent& event) {
    if (event.data_version != 0 && event.data_version == data_version_) return event.device;
    // Since the event was staged, the registration may have moved, or gone.
    Query query(connection_, kFindDevice, event.registration);
    if (!query.next()) return std::nullopt;
    return query.number(0);
}

PendingTable::Stored PendingTable::find(Id registration) {
    Stored stored;
    stored.row.registration = registration;
    Query query(connection_, kFind, registration);
    if (!query.next()) return stored;
    readPendingState(query, 0, stored.row);
    stored.dedup = query.text(7);
    return stored;
}

void PendingTable::put(const Stored& stored) {
    const PendingRow& row = stored.row;
    const auto run = [&](const auto& dedup) {
        Query(connection_, kPut, row.registration, row.generation, row.mail_generation,
              row.new_mail_generation, row.check_generation, row.count, row.since, row.occurred,
              dedup)
            .run();
    };
    stored.dedup.empty() ? run(nullptr) : run(Blob{stored.dedup});
}

void PendingTable::addCount(Id registration, std::int32_t count, util::WallTime now) {
    StagedEvent event;
    event.registration = registration;
    event.count = count;
    event.received = now;
    add(event, 0);
    announce(registration);
}

void PendingTable::addCheck(Id registration, util::WallTime now, util::Trace trace) {
    StagedEvent event;
    event.registration = registration;
    event.kind = StagedEvent::Kind::Check;
    event.received = now;
    add(event, trace);
    announce(registration);
}

bool PendingTable::announce(Id registration) {
    const std::optional<Pending> row = findPending(connection_, registration);
    if (!row) return false;
    rows_.push_back(*row);
    return row->hasMail();
}

void PendingTable::settle(const Settlement& settlement) {
    std::visit([&](const auto& outcome) { apply(settlement, outcome); }, settlement.outcome);
}

void PendingTable::settleMail(Id registration, std::int64_t sent, util::WallTime at) {
    if (Query(connection_, kRemoveEmptiedByMail, registration, sent).run() > 0) return;
    PendingRow row = find(registration).row;
    row.settleMail(sent, at);
    update(row);
}

void PendingTable::update(const PendingRow& row) {
    if (row.generation == 0) return;  // the registration is gone, or its row was settled already
    if (row.isEmpty())
        Query(connection_, kRemove, row.registration).run();
    else
        Query(connection_, kUpdate, row.registration, row.mail_generation, row.new_mail_generation,
              row.check_generation, row.since)
            .run();
}

void PendingTable::apply(const Settlement& settlement, const Delivered& delivered) {
    settleMail(settlement.registration, delivered.generation, delivered.at);
    if (!delivered.shared) return;
    Query(connection_, "UPDATE last_count SET count = ?2 WHERE registration = ?1",
          settlement.registration, delivered.count)
        .run();
}

void PendingTable::apply(const Settlement& settlement, const Dropped& dropped) {
    settleMail(settlement.registration, dropped.generation, dropped.at);
}

void PendingTable::apply(const Settlement& settlement, const CheckSent& sent) {
    if (Query(connection_, kRemoveEmptiedByCheck, settlement.registration, sent.generation).run() >
        0)
        return;
    PendingRow row = find(settlement.registration).row;
    row.settleCheck(sent.generation);
    update(row);
}

void PendingTable::apply(const Settlement& settlement, const DeviceDead& dead) {
    TokenState token = readToken(connection_, settlement.device);
    if (!token.apply(dead)) return;
    write(connection_, settlement.device, token);
    Query(
        connection_,
        "DELETE FROM pending WHERE registration IN (SELECT id FROM registration WHERE device = ?1)",
        settlement.device)
        .run();
}

void PendingTable::apply(const Settlement& settlement, const First410& first) {
    TokenState token = readToken(connection_, settlement.device);
    if (token.apply(first)) write(connection_, settlement.device, token);
}

void PendingTable::rollBack(Mark mark) {
    rows_.resize(mark.rows);
    keys_.resize(mark.keys);
    without_effect_ = mark.without_effect;
}

PendingTable::Committed PendingTable::committed(util::RealTime now, const Merged& merged) {
    for (auto& [registration, key] : keys_) recent_.set(registration, std::move(key));
    keys_.clear();
    for (Pending& row : rows_) row.durable = row.events > 0 ? now : util::RealTime();
    Committed committed;
    committed.without_effect = std::exchange(without_effect_, 0);
    if (rows_.size() < 2) {
        committed.rows = std::exchange(rows_, {});
        return committed;
    }
    std::unordered_map<Id, std::size_t> known;
    std::vector<Pending>& last_of_each = committed.rows;
    last_of_each.reserve(rows_.size());
    for (auto row = rows_.rbegin(); row != rows_.rend(); ++row) {
        const auto [place, is_last] = known.emplace(row->registration, last_of_each.size());
        if (is_last)
            last_of_each.push_back(*row);
        else
            takeIn(last_of_each[place->second], *row, merged);
    }
    rows_.clear();
    std::reverse(last_of_each.begin(), last_of_each.end());
    return committed;
}

}  // namespace postbell::store
