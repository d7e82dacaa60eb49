// SPDX-License-Identifier: Apache-2.0
#include "registry/seen_buffer.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace postbell::registry {
namespace {

/// More than the store writes in a second, and few enough to keep.
constexpr std::size_t kMostHandedOver = 20'000;

void bringIn(store::Seen& into, const store::Seen& later) {
    into.device_at = std::max(into.device_at, later.device_at);
    into.heard_at = std::max(into.heard_at, later.heard_at);
    into.event_at = std::max(into.event_at, later.event_at);
    into.push_at = std::max(into.push_at, later.push_at);
    into.nudged_at = std::max(into.nudged_at, later.nudged_at);
    if (!later.outcome.empty()) into.outcome = later.outcome;
}

}  // namespace

SeenBuffer::SeenBuffer(store::Store& store) : store_(store) {
    store_.setSeenSink([this](std::span<const Row> rows) { written(rows); });
}

SeenBuffer::~SeenBuffer() {
    store_.setSeenSink(nullptr);
}

void SeenBuffer::deviceCalled(store::Id registration, std::int64_t now_ms) {
    const std::lock_guard lock(mutex_);
    at(registration).device_at = now_ms;
}

void SeenBuffer::heard(store::Id registration, std::int64_t now_ms, bool meant_a_push) {
    const std::lock_guard lock(mutex_);
    store::Seen& seen = at(registration);
    seen.heard_at = now_ms;
    if (meant_a_push) seen.event_at = now_ms;
}

void SeenBuffer::pushed(store::Id registration, std::int64_t now_ms, std::string_view outcome) {
    const std::lock_guard lock(mutex_);
    store::Seen& seen = at(registration);
    seen.push_at = now_ms;
    seen.outcome = outcome;
}

void SeenBuffer::nudged(store::Id registration, std::int64_t now_ms) {
    const std::lock_guard lock(mutex_);
    at(registration).nudged_at = now_ms;
}

void SeenBuffer::forget(store::Id registration) {
    const std::lock_guard lock(mutex_);
    fresh_.erase(registration);
    handed_over_.erase(registration);
}

void SeenBuffer::bringUpToDate(store::Registration& registration) const {
    const std::lock_guard lock(mutex_);
    if (const auto found = handed_over_.find(registration.id); found != handed_over_.end())
        bringIn(registration.seen, found->second.seen);
    if (const auto found = fresh_.find(registration.id); found != fresh_.end())
        bringIn(registration.seen, found->second);
}

void SeenBuffer::flush(std::size_t most) {
    std::vector<Row> batch;
    {
        const std::lock_guard lock(mutex_);
        forgetReadable();
        for (auto it = fresh_.begin();
             it != fresh_.end() && batch.size() < most && handed_over_.size() < kMostHandedOver;) {
            // One row of a registration at a time, so that what is written is known by its id.
            const auto kept = handed_over_.find(it->first);
            if (kept != handed_over_.end() && kept->second.place == Place::Queued) {
                ++it;
                continue;
            }
            handOver(*it, batch);
            it = fresh_.erase(it);
        }
    }
    if (!batch.empty()) store_.writeSeen(std::move(batch));
}

void SeenBuffer::flushAll() {
    std::vector<Row> batch;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& row : fresh_) handOver(row, batch);
        fresh_.clear();
    }
    if (!batch.empty()) store_.writeSeen(std::move(batch));
}

void SeenBuffer::handOver(const Row& row, std::vector<Row>& batch) {
    batch.push_back(row);
    HandedOver& kept = handed_over_[row.first];
    kept.place = Place::Queued;
    bringIn(kept.seen, row.second);
}

void SeenBuffer::written(std::span<const Row> rows) {
    const std::lock_guard lock(mutex_);
    for (const auto& [registration, seen] : rows)
        if (const auto found = handed_over_.find(registration); found != handed_over_.end())
            found->second.place = Place::Written;
}

void SeenBuffer::forgetReadable() {
    for (auto it = handed_over_.begin(); it != handed_over_.end();) {
        HandedOver& kept = it->second;
        if (kept.place == Place::Readable) {
            it = handed_over_.erase(it);
            continue;
        }
        if (kept.place == Place::Written) kept.place = Place::Readable;
        ++it;
    }
}

}  // namespace postbell::registry
