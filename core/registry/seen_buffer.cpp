// SPDX-License-Identifier: Apache-2.0
#include "registry/seen_buffer.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace postbell::registry {
namespace {

void bringIn(store::Seen& into, const store::Seen& later) {
    into.device_at = std::max(into.device_at, later.device_at);
    into.heard_at = std::max(into.heard_at, later.heard_at);
    into.event_at = std::max(into.event_at, later.event_at);
    into.push_at = std::max(into.push_at, later.push_at);
    into.nudged_at = std::max(into.nudged_at, later.nudged_at);
    if (!later.outcome.empty()) into.outcome = later.outcome;
}

}  // namespace

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
    for (const auto* map : {&handed_over_, &fresh_})
        if (const auto found = map->find(registration.id); found != map->end())
            bringIn(registration.seen, found->second);
}

void SeenBuffer::flush(std::size_t most) {
    std::vector<std::pair<store::Id, store::Seen>> batch;
    {
        const std::lock_guard lock(mutex_);
        handed_over_.clear();
        for (auto it = fresh_.begin(); it != fresh_.end() && batch.size() < most;) {
            batch.emplace_back(it->first, it->second);
            handed_over_.insert(*it);
            it = fresh_.erase(it);
        }
    }
    if (!batch.empty()) store_.writeSeen(std::move(batch));
}

}  // namespace postbell::registry
