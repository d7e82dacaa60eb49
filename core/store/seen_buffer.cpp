// SPDX-License-Identifier: Apache-2.0
#include "store/seen_buffer.h"

#include <algorithm>

namespace postbell::store {

namespace {

constexpr std::size_t kMaxRows = 200'000;

constexpr const char* kWrite = R"sql(
INSERT INTO seen (registration, device_at, heard_at, event_at, push_at, nudged_at, outcome)
SELECT id, ?2, ?3, ?4, ?5, ?6, ?7 FROM registration WHERE id = ?1
ON CONFLICT (registration) DO UPDATE SET
    device_at = max(device_at, excluded.device_at),
    heard_at = max(heard_at, excluded.heard_at),
    event_at = max(event_at, excluded.event_at),
    push_at = max(push_at, excluded.push_at),
    nudged_at = max(nudged_at, excluded.nudged_at),
    outcome = iif(excluded.outcome = '', outcome, excluded.outcome))sql";

}  // namespace

void merge(Seen& seen, const Seen& newer) {
    seen.device_at = std::max(seen.device_at, newer.device_at);
    seen.heard_at = std::max(seen.heard_at, newer.heard_at);
    seen.event_at = std::max(seen.event_at, newer.event_at);
    seen.push_at = std::max(seen.push_at, newer.push_at);
    seen.nudged_at = std::max(seen.nudged_at, newer.nudged_at);
    if (!newer.outcome.empty()) seen.outcome = newer.outcome;
}

void SeenBuffer::add(Row row) {
    const auto found = rows_.find(row.first);
    if (found != rows_.end()) {
        merge(found->second, row.second);
    } else if (rows_.size() < kMaxRows) {
        rows_.insert(std::move(row));
    }
}

void SeenBuffer::putBack(std::vector<Row> rows) {
    for (Row& row : rows) {
        const auto found = rows_.find(row.first);
        if (found != rows_.end()) {
            merge(row.second, found->second);
            found->second = std::move(row.second);
        } else {
            add(std::move(row));
        }
    }
}

std::vector<SeenBuffer::Row> SeenBuffer::take(std::size_t at_most) {
    std::vector<Row> taken;
    taken.reserve(std::min(at_most, rows_.size()));
    while (taken.size() < at_most && !rows_.empty()) {
        taken.emplace_back(rows_.begin()->first, std::move(rows_.begin()->second));
        rows_.erase(rows_.begin());
    }
    return taken;
}

void writeSeen(Connection& connection, Id registration, const Seen& seen) {
    Query(connection, kWrite, registration, seen.device_at, seen.heard_at, seen.event_at,
          seen.push_at, seen.nudged_at, seen.outcome)
        .run();
}

}  // namespace postbell::store
