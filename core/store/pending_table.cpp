// SPDX-License-Identifier: Apache-2.0
#include "store/pending_table.h"

#include <algorithm>
#include <unordered_map>
#include <variant>

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

const std::string& selectPending(bool one) {
    static const std::string all =
        "SELECT p.registration, r.device, d.app, d.environment, p.generation, p.mail_generation, "
        "p.new_mail_generation, p.check_generation, p.count, p.since, p.occurred "
        "FROM pending p JOIN registration r ON r.id = p.registration JOIN device d ON d.id = "
        "r.device ";
    static const std::string in_order = all + "ORDER BY p.since, p.generation";
    static const std::string of_one = all + "WHERE p.registration = ?1";
    return one ? of_one : in_order;
}

/// From seven columns, the first of which is `column`.
void readState(const Query& query, int column, PendingRow& row) {
    row.generation = query.number(column++);
    row.mail_generation = query.number(column++);
    row.new_mail_generation = query.number(column++);
    row.check_generation = query.number(column++);
    row.count = static_cast<std::int32_t>(query.number(column++));
    row.since = query.number(column++);
    row.occurred = query.number(column);
}

Pending readPending(const Query& query) {
    Pending row;
    row.registration = query.number(0);
    row.device = query.number(1);
    row.app = query.number(2);
    row.environment = static_cast<Environment>(query.number(3));
    readState(query, 4, row);
    return row;
}

/// The trail of a row's earlier state; its events are merged already.
void takeIn(EventTrail& row, const EventTrail& earlier, const PendingTable::Merged& merged) {
    if (row.mail_trace == 0)
        row.mail_trace = earlier.mail_trace;
    else if (merged && earlier.mail_trace != 0 && earlier.mail_trace != row.mail_trace)
        merged(earlier.mail_trace, row.mail_trace);
    if (row.check_trace == 0) row.check_trace = earlier.check_trace;
    row.events += earlier.events;
    row.durable_us = std::max(row.durable_us, earlier.durable_us);
}

TokenState readToken(Connection& connection, Id device) {
    Query query(connection, "SELECT token_at, dead_at, first_410_at FROM device WHERE id = ?1",
                device);
    if (!query.next()) return {};
    return {query.number(0), query.number(1), query.number(2)};
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
    readState(query, 0, stored.row);
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

void PendingTable::addCount(Id registration, std::int32_t count, std::int64_t now_ms) {
    StagedEvent event;
    event.registration = registration;
    event.count = count;
    event.received = now_ms;
    add(event, 0);
    announce(registration);
}

void PendingTable::addCheck(Id registration, std::int64_t now_ms, util::Trace trace) {
    StagedEvent event;
    event.registration = registration;
    event.kind = StagedEvent::Kind::Check;
    event.received = now_ms;
    add(event, trace);
    announce(registration);
}

bool PendingTable::announce(Id registration) {
    Query query(connection_, selectPending(true).c_str(), registration);
    if (!query.next()) return false;
    return rows_.emplace_back(readPending(query)).mail_generation > 0;
}

void PendingTable::settle(const Settlement& settlement) {
    std::visit([&](const auto& outcome) { apply(settlement, outcome); }, settlement.outcome);
}

void PendingTable::update(const PendingRow& row) {
    if (row.isEmpty())
        Query(connection_, kRemove, row.registration).run();
    else
        Query(connection_, kUpdate, row.registration, row.mail_generation, row.new_mail_generation,
              row.check_generation, row.since)
            .run();
}

void PendingTable::apply(const Settlement& settlement, const Delivered& delivered) {
    PendingRow row = find(settlement.registration).row;
    row.settleMail(delivered.generation, delivered.at);
    update(row);
    if (!delivered.shared) return;
    Query(connection_, "UPDATE last_count SET count = ?2 WHERE registration = ?1",
          settlement.registration, delivered.count)
        .run();
}

void PendingTable::apply(const Settlement& settlement, const Dropped& dropped) {
    PendingRow row = find(settlement.registration).row;
    row.settleMail(dropped.generation, dropped.at);
    update(row);
}

void PendingTable::apply(const Settlement& settlement, const CheckSent& sent) {
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

PendingTable::Committed PendingTable::committed(std::int64_t now_us, const Merged& merged) {
    for (auto& [registration, key] : keys_) recent_.set(registration, std::move(key));
    keys_.clear();
    for (Pending& row : rows_) row.durable_us = row.events > 0 ? now_us : 0;
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

void eachPending(Connection& connection, const std::function<void(const Pending&)>& visit) {
    Query query(connection, selectPending(false).c_str());
    while (query.next()) visit(readPending(query));
}

}  // namespace postbell::store
