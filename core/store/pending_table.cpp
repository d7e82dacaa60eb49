// SPDX-License-Identifier: Apache-2.0
#include "store/pending_table.h"

#include <algorithm>
#include <unordered_map>

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

constexpr const char* kForgetMail =
    "DELETE FROM pending WHERE registration = ?1 AND mail_generation <= ?2 AND check_generation = "
    "0";

// What came during the flight stays, as if it had been the first; its count is still the newest.
constexpr const char* kReduceMail = R"sql(
UPDATE pending SET
    new_mail_generation = iif(new_mail_generation <= ?2, 0, new_mail_generation),
    mail_generation = iif(mail_generation <= ?2, 0, mail_generation),
    since = iif(mail_generation > ?2, max(since, ?3), since)
WHERE registration = ?1)sql";

constexpr const char* kForgetCheck =
    "DELETE FROM pending WHERE registration = ?1 AND check_generation <= ?2 AND mail_generation = "
    "0";
constexpr const char* kReduceCheck =
    "UPDATE pending SET check_generation = 0 WHERE registration = ?1 AND check_generation <= ?2";

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
void readState(const Query& query, int column, Pending& row) {
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
    row.credential_app = query.number(2);
    row.environment = static_cast<Environment>(query.number(3));
    readState(query, 4, row);
    return row;
}

/// What only memory knows of a row's earlier states; the database merged the rest.
void takeIn(Pending& row, const Pending& earlier, const PendingTable::Merged& merged) {
    if (row.mail_trace == 0)
        row.mail_trace = earlier.mail_trace;
    else if (merged && earlier.mail_trace != 0 && earlier.mail_trace != row.mail_trace)
        merged(earlier.mail_trace, row.mail_trace);
    if (row.check_trace == 0) row.check_trace = earlier.check_trace;
    row.events += earlier.events;
    row.durable_us = std::max(row.durable_us, earlier.durable_us);
}

/// What an event makes of a row, which may be a new one (generation 0).
void merge(Pending& row, const StagedEvent& event, std::int64_t generation) {
    const bool is_new = row.generation == 0;
    row.generation = generation;
    if (is_new) row.since = event.received;
    if (event.kind == StagedEvent::Kind::Check) {
        row.check_generation = generation;
        return;
    }
    const std::int32_t count = event.count >= 0 ? event.count : kUnknownCount;
    const bool had_mail = row.mail_generation > 0;
    const bool is_older =
        had_mail && count >= 0 && event.occurred > 0 && event.occurred < row.occurred;
    const bool keeps_time = had_mail && (count < 0 || event.occurred > 0);
    if (!is_older) row.count = count;
    row.occurred = keeps_time ? std::max(row.occurred, event.occurred) : event.occurred;
    if (!had_mail) row.since = event.received;
    row.mail_generation = generation;
    if (event.kind == StagedEvent::Kind::NewMail) row.new_mail_generation = generation;
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
    std::optional<Stored> stored = find(event);
    if (!stored || repeats(event, *stored)) {
        ++without_effect_;
        return false;
    }
    Pending& row = stored->row;
    row.credential_app = event.app;
    row.environment = event.environment;
    merge(row, event, ++generation_);
    if (!event.dedup.empty()) {
        stored->dedup = event.dedup;
        keys_.emplace_back(event.registration, event.dedup);
    }
    put(*stored);
    const bool mail = event.kind != StagedEvent::Kind::Check;
    (mail ? row.mail_trace : row.check_trace) = trace;
    row.events = mail ? 1 : 0;
    rows_.push_back(row);
    return true;
}

std::optional<PendingTable::Stored> PendingTable::find(const StagedEvent& event) {
    Stored stored;
    Pending& row = stored.row;
    row.registration = event.registration;
    row.device = event.device;
    if (event.as_of == 0 || event.as_of != unchanged_) {
        // Since the event was staged, the registration may have moved, or gone.
        Query query(connection_, kFindDevice, event.registration);
        if (!query.next()) return std::nullopt;
        row.device = query.number(0);
    }
    Query query(connection_, kFind, event.registration);
    if (!query.next()) return stored;
    readState(query, 0, row);
    stored.dedup = query.text(7);
    return stored;
}

void PendingTable::put(const Stored& stored) {
    const Pending& row = stored.row;
    const auto run = [&](const auto& dedup) {
        Query(connection_, kPut, row.registration, row.generation, row.mail_generation,
              row.new_mail_generation, row.check_generation, row.count, row.since, row.occurred,
              dedup)
            .run();
    };
    stored.dedup.empty() ? run(nullptr) : run(Blob{stored.dedup});
}

/// A key in the row is newer than the remembered one: it may be of this very group.
bool PendingTable::repeats(const StagedEvent& event, const Stored& stored) const {
    if (event.dedup.empty()) return false;
    if (!stored.dedup.empty()) return stored.dedup == event.dedup;
    return recent_.holds(event.registration, event.dedup);
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
    switch (settlement.kind) {
        case Settlement::Kind::Delivered:
            removeMail(settlement);
            if (settlement.shared) {
                Query(connection_, "UPDATE last_count SET count = ?2 WHERE registration = ?1",
                      settlement.registration, settlement.count)
                    .run();
            }
            return;
        case Settlement::Kind::Dropped:
            return removeMail(settlement);
        case Settlement::Kind::CheckSent:
            return removeCheck(settlement);
        case Settlement::Kind::DeviceDead:
            return retireDevice(settlement);
        case Settlement::Kind::First410:
            Query(connection_,
                  "UPDATE device SET first_410_at = ?3 WHERE id = ?1 AND token_at = ?2",
                  settlement.device, settlement.token_at, settlement.at)
                .run();
            return;
    }
}

void PendingTable::removeMail(const Settlement& settlement) {
    const Id id = settlement.registration;
    if (Query(connection_, kForgetMail, id, settlement.generation).run() > 0) return;
    Query(connection_, kReduceMail, id, settlement.generation, settlement.at).run();
}

void PendingTable::removeCheck(const Settlement& settlement) {
    const Id id = settlement.registration;
    if (Query(connection_, kForgetCheck, id, settlement.generation).run() > 0) return;
    Query(connection_, kReduceCheck, id, settlement.generation).run();
}

void PendingTable::retireDevice(const Settlement& settlement) {
    const bool still_that_token =
        Query(connection_, "UPDATE device SET dead_at = ?3 WHERE id = ?1 AND token_at = ?2",
              settlement.device, settlement.token_at, settlement.at)
            .run() > 0;
    if (!still_that_token) return;
    Query(
        connection_,
        "DELETE FROM pending WHERE registration IN (SELECT id FROM registration WHERE device = ?1)",
        settlement.device)
        .run();
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
