// SPDX-License-Identifier: Apache-2.0
#include "dispatch/device_queue.h"

#include <algorithm>
#include <new>
#include <tuple>

namespace postbell::dispatch {
namespace {

/// Between two devices of the last line.
constexpr util::Milliseconds kLastLinePause{250};
/// Until memory that was short may be there again.
constexpr util::Milliseconds kMemoryPause{1'000};

/// The order of probes. Witnesses come first: of those never probed the one that was good last, of
/// the others the one not probed for longest. The rest stand in a line in which who comes, and who
/// was probed, goes to the end: however many tokens are made up, each has its turn.
auto probeRank(const Device& device) {
    const bool proven = device.isProven();
    const std::uint64_t turn = proven ? device.probed : std::max(device.arrived, device.probed);
    return std::tuple(!proven, turn, device.foreign.words > 0,
                      -device.proven_at.time_since_epoch().count());
}

}  // namespace

Waiting* Device::find(store::Id registration) {
    const auto found = std::find_if(waiting.begin(), waiting.end(), [&](const Waiting& w) {
        return w.row().registration == registration;
    });
    return found == waiting.end() ? nullptr : &*found;
}

Waiting* DeviceQueue::first(Device& device, util::WallTime now) const {
    Waiting* first = nullptr;
    for (Waiting& w : device.waiting)
        if (w.pending() &&
            (first == nullptr || w.due(quiet_delay_, now) < first->due(quiet_delay_, now)))
            first = &w;
    return first;
}

Device& DeviceQueue::at(store::Id id) {
    Device& device = devices_[id];
    if (device.id == id) return device;
    device.id = id;
    device.arrived = ++last_number_;
    return device;
}

Device* DeviceQueue::find(store::Id id) {
    const auto found = devices_.find(id);
    return found == devices_.end() ? nullptr : &found->second;
}

void DeviceQueue::schedule(Device& device) noexcept {
    if (device.in_flight || device.without_slot) return;
    const util::WallTime wall = clock_.wall();
    const Waiting* first = this->first(device, wall);
    if (first == nullptr) {
        device.scheduled = kNever;
        return;
    }
    // Never later than the quiet delay, whatever became of the wall clock; the past keeps its
    // order: oldest first.
    const util::Milliseconds wait = std::min(quiet_delay_, first->due(quiet_delay_, wall) - wall);
    const auto now = std::chrono::floor<util::Milliseconds>(clock_.steady());
    const util::SteadyTime due = std::max<util::SteadyTime>(now + wait, device.not_before);
    const Device::Line line = device.isDoubtful() ? Device::Line::Last : Device::Line::First;
    if (device.scheduled == due && device.line == line) return;
    try {
        scheduleOf(line).emplace(due, device.id);
        device.scheduled = due;
        device.line = line;
    } catch (const std::bad_alloc&) {
        device.scheduled = kNever;
        some_missing_ = true;
    }
}

void DeviceQueue::scheduleMissing() noexcept {
    if (!some_missing_) return;
    some_missing_ = false;
    for (auto& [id, device] : devices_)
        if (device.scheduled == kNever) schedule(device);
}

Device* DeviceQueue::top(Device::Line line) {
    Schedule& schedule = scheduleOf(line);
    for (; !schedule.empty(); schedule.pop()) {
        const auto [due, id] = schedule.top();
        Device* device = find(id);
        if (device == nullptr || device->scheduled != due || device->line != line) continue;
        if (!device->in_flight) return device;
        device->scheduled = kNever;
    }
    return nullptr;
}

Device* DeviceQueue::next(util::SteadyTime now) {
    scheduleMissing();
    Device* device = top(Device::Line::First);
    if (device == nullptr || device->scheduled > now) {
        device = now < last_line_from_ ? nullptr : top(Device::Line::Last);
        if (device == nullptr || device->scheduled > now) return nullptr;
        last_line_from_ = now + kLastLinePause;
    }
    scheduleOf(device->line).pop();
    device->scheduled = kNever;
    return device;
}

util::SteadyTime DeviceQueue::nextDue() {
    const Device* first = top(Device::Line::First);
    const Device* last = top(Device::Line::Last);
    return std::min({first == nullptr ? kNever : first->scheduled,
                     last == nullptr ? kNever : std::max(last->scheduled, last_line_from_),
                     some_missing_ ? clock_.steady() + kMemoryPause : kNever});
}

Device* DeviceQueue::nextProbe(util::SteadyTime now) {
    const util::WallTime wall = clock_.wall();
    Device* next = nullptr;
    for (auto& [id, device] : devices_) {
        if (device.in_flight || (device.isDoubtful() && device.not_before > now)) continue;
        if (next != nullptr && probeRank(device) >= probeRank(*next)) continue;
        // Rows may be settled here and not yet in the store.
        if (first(device, wall) != nullptr) next = &device;
    }
    if (next == nullptr) return nullptr;
    next->scheduled = kNever;
    next->probed = ++last_number_;
    return next;
}

void DeviceQueue::putBack(Device& device) noexcept {
    schedule(device);
    removeIfDone(device);
}

void DeviceQueue::removeIfDone(Device& device) noexcept {
    std::erase_if(device.waiting, [](const Waiting& w) { return w.done(); });
    if (device.waiting.empty() && !device.in_flight) devices_.erase(device.id);
}

void DeviceQueue::landed(Device& device) noexcept {
    device.in_flight = false;
    putBack(device);
}

void DeviceQueue::slotsFree(const std::vector<store::Id>& devices) noexcept {
    for (const store::Id id : devices)
        if (Device* device = find(id)) {
            device->without_slot = false;
            schedule(*device);
        }
}

void DeviceQueue::wait(Device& device, util::Milliseconds pause,
                       const Gate* held_by) noexcept {
    device.held_by = held_by;
    device.not_before = clock_.steady() + pause;
}

void DeviceQueue::release(const Gate& gate) {
    for (auto& [id, device] : devices_) {
        if (device.held_by != &gate) continue;
        device.held_by = nullptr;
        device.not_before = kAtOnce;
        schedule(device);
    }
}

void DeviceQueue::releaseHeld() {
    for (auto& [id, device] : devices_) {
        const bool called_foreign = device.foreign.words > 0;
        if (device.held_by == nullptr && !device.without_slot && !called_foreign) continue;
        device.foreign = {};
        device.without_slot = false;
        device.held_by = nullptr;
        device.not_before = kAtOnce;
        schedule(device);
    }
}

void DeviceQueue::releaseAll() {
    for (auto& [id, device] : devices_) {
        if (device.isDoubtful()) continue;
        device.held_by = nullptr;
        device.not_before = kAtOnce;
        schedule(device);
    }
}

void DeviceQueue::forget() {
    for (auto& [id, device] : devices_) device.waiting.clear();
    std::erase_if(devices_, [](const auto& entry) { return !entry.second.in_flight; });
}

bool DeviceQueue::count(std::size_t& position, std::size_t most, Backlog& backlog) const {
    const std::size_t end = std::min(devices_.bucket_count(), position + most);
    for (; position < end; ++position)
        for (auto at = devices_.begin(position); at != devices_.end(position); ++at)
            for (const Waiting& w : at->second.waiting) {
                if (!w.pending()) continue;
                ++backlog.waiting;
                const util::WallTime since = w.row().since;
                if (w.hasMail() &&
                    (!util::isSet(backlog.oldest_since) || since < backlog.oldest_since))
                    backlog.oldest_since = since;
            }
    return position < devices_.bucket_count();
}

}  // namespace postbell::dispatch
