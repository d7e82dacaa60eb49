// SPDX-License-Identifier: Apache-2.0
#include "dispatch/queue/device_queue.h"

#include <algorithm>
#include <new>
#include <tuple>

#include "util/insist.h"

namespace postbell::dispatch {
namespace {

/// Between two devices of the last line.
constexpr util::Milliseconds kLastLinePause{250};
/// Until memory that was short may be there again.
constexpr util::Milliseconds kMemoryPause{1'000};
/// Entries of a schedule beyond its devices: fewer are not worth a look at all devices.
constexpr std::size_t kMinOutdated = 64;

}  // namespace

Waiting* Device::find(store::Id registration) {
    const auto found = std::find_if(waiting.begin(), waiting.end(), [&](const Waiting& w) {
        return w.row().registration == registration;
    });
    return found == waiting.end() ? nullptr : &*found;
}

bool DeviceQueue::isUnderWay(const Device& device) {
    return device.state_ == Device::State::InHand || device.state_ == Device::State::Busy;
}

Waiting* DeviceQueue::first(Device& device, util::WallTime now) const {
    const auto rank = [&](const Waiting& w) {
        return std::pair(w.set_aside_until, w.due(quiet_delay_, now));
    };
    Waiting* first = nullptr;
    for (Waiting& w : device.waiting)
        if (w.pending() && (first == nullptr || rank(w) < rank(*first))) first = &w;
    return first;
}

Device& DeviceQueue::at(store::Id id) {
    const auto [device, added] = devices_.try_emplace(id, id, last_number_ + 1);
    if (added) ++last_number_;
    return device->second;
}

Device* DeviceQueue::find(store::Id id) {
    const auto found = devices_.find(id);
    return found == devices_.end() ? nullptr : &found->second;
}

void DeviceQueue::schedule(Device& device) noexcept {
    if (device.state_ != Device::State::Queued) return;
    const util::WallTime wall = clock_.wall();
    const Waiting* first = this->first(device, wall);
    if (first == nullptr) {
        device.scheduled_ = kNever;
        return;
    }
    // Never later than the quiet delay, however the wall clock was set; the past keeps its
    // order: oldest first.
    const util::Milliseconds wait = std::min(quiet_delay_, first->due(quiet_delay_, wall) - wall);
    const auto now = std::chrono::floor<util::Milliseconds>(clock_.steady());
    const util::SteadyTime due =
        std::max<util::SteadyTime>({now + wait, device.not_before_, first->set_aside_until});
    const Device::Line line = device.token.isDoubtful() ? Device::Line::Last : Device::Line::First;
    if (device.scheduled_ == due && device.line_ == line) return;
    try {
        // An entry whose device was scheduled anew stays until its time comes, and no time comes
        // while the lane cannot send.
        if (scheduleOf(line).size() >= kMinOutdated + 2 * devices_.size()) dropOutdated(line);
        scheduleOf(line).emplace(due, device.id);
        device.scheduled_ = due;
        device.line_ = line;
    } catch (const std::bad_alloc&) {
        device.scheduled_ = kNever;
        some_missing_ = true;
    }
}

void DeviceQueue::dropOutdated(Device::Line line) {
    std::vector<Scheduled> entries;
    entries.reserve(kMinOutdated + 2 * devices_.size());
    for (const auto& [id, device] : devices_)
        if (device.scheduled_ != kNever && device.line_ == line)
            entries.emplace_back(device.scheduled_, id);
    scheduleOf(line) = Schedule(std::greater<>(), std::move(entries));
}

void DeviceQueue::scheduleMissing() noexcept {
    if (!some_missing_) return;
    some_missing_ = false;
    for (auto& [id, device] : devices_)
        if (device.scheduled_ == kNever) schedule(device);
}

Device* DeviceQueue::top(Device::Line line) {
    Schedule& schedule = scheduleOf(line);
    for (; !schedule.empty(); schedule.pop()) {
        const auto [due, id] = schedule.top();
        Device* device = find(id);
        if (device != nullptr && device->scheduled_ == due && device->line_ == line) return device;
    }
    return nullptr;
}

Device* DeviceQueue::next(util::SteadyTime now) {
    scheduleMissing();
    Device* device = top(Device::Line::First);
    if (device == nullptr || device->scheduled_ > now) {
        device = now < last_line_from_ ? nullptr : top(Device::Line::Last);
        if (device == nullptr || device->scheduled_ > now) return nullptr;
        last_line_from_ = now + kLastLinePause;
    }
    scheduleOf(device->line_).pop();
    leaveSchedule(*device, Device::State::InHand);
    return device;
}

util::SteadyTime DeviceQueue::nextDue() {
    const Device* first = top(Device::Line::First);
    const Device* last = top(Device::Line::Last);
    return std::min({first == nullptr ? kNever : first->scheduled_,
                     last == nullptr ? kNever : std::max(last->scheduled_, last_line_from_),
                     some_missing_ ? clock_.steady() + kMemoryPause : kNever});
}

/// The order of probes. Witnesses come first: of those never probed the one that was good last, of
/// the others the one not probed for longest. The rest stand in a line in which who comes, and who
/// was probed, goes to the end: however many tokens are made up, each has its turn.
auto DeviceQueue::probeRank(const Device& device) {
    const bool proven = device.token.isProven();
    const std::uint64_t turn = proven ? device.probed_ : std::max(device.arrived_, device.probed_);
    return std::tuple(!proven, turn, device.token.foreignWords() > 0,
                      -device.token.provenAt().time_since_epoch().count());
}

Device* DeviceQueue::nextProbe(util::SteadyTime now) {
    const util::WallTime wall = clock_.wall();
    Device* next = nullptr;
    for (auto& [id, device] : devices_) {
        if (device.state_ == Device::State::Busy ||
            (device.token.isDoubtful() && device.not_before_ > now))
            continue;
        if (next != nullptr && probeRank(device) >= probeRank(*next)) continue;
        // Rows may be settled here and not yet in the store.
        if (first(device, wall) != nullptr) next = &device;
    }
    if (next == nullptr) return nullptr;
    leaveSchedule(*next, Device::State::InHand);
    next->probed_ = ++last_number_;
    return next;
}

void DeviceQueue::putBack(Device& device) noexcept {
    if (device.state_ == Device::State::InHand) device.state_ = Device::State::Queued;
    schedule(device);
    removeIfDone(device);
}

void DeviceQueue::removeIfDone(Device& device) noexcept {
    std::erase_if(device.waiting, [](const Waiting& w) { return w.done(); });
    if (device.waiting.empty() && !isUnderWay(device)) devices_.erase(device.id);
}

void DeviceQueue::slotsFree(const std::vector<store::Id>& devices) noexcept {
    for (const store::Id id : devices)
        if (Device* device = find(id)) leaveSlotList(*device);
}

void DeviceQueue::leaveSlotList(Device& device) noexcept {
    if (device.state_ != Device::State::WithoutSlot) return;
    device.state_ = Device::State::Queued;
    schedule(device);
}

void DeviceQueue::wait(Device& device, util::Milliseconds pause, OriginWaiters* waiters) noexcept {
    device.waits_for_origin_ = waiters != nullptr;
    device.not_before_ = clock_.steady() + pause;
    if (waiters == nullptr) return;
    if (waiters->ids.empty()) waiters->number = ++last_number_;
    if (device.waiters_ == waiters->number) return;
    if (util::succeeds([&] { waiters->ids.push_back(device.id); }))
        device.waiters_ = waiters->number;
}

void DeviceQueue::release(OriginWaiters& waiters) noexcept {
    for (const store::Id id : waiters.ids) {
        Device* const device = find(id);
        if (device == nullptr || device->waiters_ != waiters.number) continue;
        device->waiters_ = 0;
        if (device->waits_for_origin_) due(*device);
    }
    waiters.ids.clear();
}

void DeviceQueue::due(Device& device) noexcept {
    device.waits_for_origin_ = false;
    device.not_before_ = kAtOnce;
    schedule(device);
}

void DeviceQueue::releaseForNewUpload() {
    for (auto& [id, device] : devices_) {
        const bool called_foreign = device.token.foreignWords() > 0;
        device.token.forgetForeignWords();
        leaveSlotList(device);
        if (device.waits_for_origin_ || called_foreign) due(device);
    }
}

void DeviceQueue::releaseAll() {
    for (auto& [id, device] : devices_) {
        if (!device.token.isDoubtful()) due(device);
    }
}

void DeviceQueue::forget() {
    for (auto& [id, device] : devices_) device.waiting.clear();
    std::erase_if(devices_, [](const auto& entry) { return !isUnderWay(entry.second); });
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
