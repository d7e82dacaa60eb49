// SPDX-License-Identifier: Apache-2.0
#include "dispatch/device_queue.h"

#include <algorithm>

namespace postbell::dispatch {

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
    device.id = id;
    return device;
}

Device* DeviceQueue::find(store::Id id) {
    const auto found = devices_.find(id);
    return found == devices_.end() ? nullptr : &found->second;
}

void DeviceQueue::schedule(Device& device) {
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
    if (device.scheduled == due) return;
    device.scheduled = due;
    schedule_.emplace(due, device.id);
}

Device* DeviceQueue::top() {
    for (; !schedule_.empty(); schedule_.pop()) {
        const auto [due, id] = schedule_.top();
        Device* device = find(id);
        if (device == nullptr || device->scheduled != due) continue;
        if (!device->in_flight) return device;
        device->scheduled = kNever;
    }
    return nullptr;
}

Device* DeviceQueue::next(util::SteadyTime now) {
    Device* device = top();
    if (device == nullptr || device->scheduled > now) return nullptr;
    schedule_.pop();
    device->scheduled = kNever;
    return device;
}

util::SteadyTime DeviceQueue::nextDue() {
    const Device* device = top();
    return device == nullptr ? kNever : device->scheduled;
}

Device* DeviceQueue::leastProbed(util::SteadyTime now) {
    Device* least = nullptr;
    for (auto& [id, device] : devices_) {
        if (device.in_flight || (least != nullptr && device.probed >= least->probed)) continue;
        // Rows may be settled here and not yet in the store.
        if (first(device, clock_.wall()) != nullptr) least = &device;
    }
    if (least == nullptr) return nullptr;
    least->scheduled = kNever;
    least->probed = now;
    return least;
}

void DeviceQueue::putBack(Device& device) {
    schedule(device);
    removeIfDone(device);
}

void DeviceQueue::removeIfDone(Device& device) {
    std::erase_if(device.waiting, [](const Waiting& w) { return w.done(); });
    if (device.waiting.empty() && !device.in_flight) devices_.erase(device.id);
}

void DeviceQueue::landed(Device& device) {
    device.in_flight = false;
    putBack(device);
}

void DeviceQueue::slotsFree(const std::vector<store::Id>& devices) {
    for (const store::Id id : devices)
        if (Device* device = find(id)) {
            device->without_slot = false;
            schedule(*device);
        }
}

void DeviceQueue::wait(Device& device, util::Milliseconds pause, const Gate* held_by) {
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
        if (device.held_by == nullptr && !device.without_slot) continue;
        device.without_slot = false;
        device.held_by = nullptr;
        device.not_before = kAtOnce;
        schedule(device);
    }
}

void DeviceQueue::releaseAll() {
    for (auto& [id, device] : devices_) {
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
