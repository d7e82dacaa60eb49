// SPDX-License-Identifier: Apache-2.0
// The devices of a lane with pending rows, and when each is due. The pace of doubtful devices and
// the order of probes: rules 2 and 5 of docs/decisions/when-a-push-network-says-no.md.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <queue>
#include <unordered_map>
#include <utility>
#include <vector>

#include "dispatch/queue/device.h"
#include "dispatch/queue/origin_waiters.h"
#include "util/clock.h"

namespace postbell::dispatch {

/// Knows neither network nor store. Devices that are doubtful come behind all others and at most
/// four a second, so that made-up tokens hold up nobody and do not annoy the push network. A device
/// is here as long as a row is pending for it, or it is busy. Who changes a device ends with
/// putBack(). Confined to one thread.
class DeviceQueue {
  public:
    /// `clock` must outlive the queue.
    DeviceQueue(const util::Clock& clock, util::Milliseconds quiet_delay)
        : clock_(clock), quiet_delay_(quiet_delay) {}

    bool empty() const { return devices_.empty(); }
    Device& at(store::Id id);
    Device* find(store::Id id);

    /// The registration whose push is due first: one that was set aside comes behind those that
    /// were not. Null: nothing is pending.
    Waiting* first(Device& device, util::WallTime now) const;
    /// Takes the device in hand that has been due longest; null: none is due.
    Device* next(util::SteadyTime now);
    /// When the next device is due; kNever: none waits for a time.
    util::SteadyTime nextDue();
    /// Takes the device in hand that is to be a paused credential's probe: a witness if one is
    /// pending, another one each time. Null: there is none that is not busy.
    Device* nextProbe(util::SteadyTime now);
    /// The answer to the device's push, or the end of its encoding, is looked at.
    void takeInHand(Device& device) noexcept { device.state_ = Device::State::InHand; }
    /// A push is under way for the device in hand: no other leaves for it.
    void markBusy(Device& device) noexcept { leaveSchedule(device, Device::State::Busy); }
    /// The device in hand stands in its destination's list until slotsFree().
    void waitForSlot(Device& device) noexcept { leaveSchedule(device, Device::State::WithoutSlot); }
    /// A device that is in hand still is queued. A queued one is due when its rows and its pause
    /// say so, and is erased if nothing is pending.
    void putBack(Device& device) noexcept;
    /// After a settlement: erases the device if nothing is pending and nothing under way.
    void removeIfDone(Device& device) noexcept;

    void slotsFree(const std::vector<store::Id>& devices) noexcept;
    /// The device is due after the pause, or as soon as release(*waiters) is called before. Without
    /// memory for a place in that list, after the pause.
    void wait(Device& device, util::Milliseconds pause, OriginWaiters* waiters = nullptr) noexcept;
    /// The origin works again: the devices that waited for it are due. The list is empty then.
    void release(OriginWaiters& waiters) noexcept;
    /// A new upload has gates of its own, and no token was called foreign by it: devices that
    /// waited for an origin, for a slot or because of such a word are due.
    void releaseForNewUpload();
    /// The credential is accepted again: everything is due, but for devices that are doubtful.
    void releaseAll();
    /// The app is gone, and its pending rows with it.
    void forget();

    /// The registrations that wait, and since when the oldest mail does.
    struct Backlog {
        std::size_t waiting = 0;
        util::WallTime oldest_since;
    };
    /// Counts about `most` devices from `position` on, and moves it; false: those were all. In
    /// parts, so that a scrape does not hold up pushes; a device that comes or goes
    /// meanwhile may be counted or not.
    bool count(std::size_t& position, std::size_t most, Backlog& backlog) const;

  private:
    using Scheduled = std::pair<util::SteadyTime, store::Id>;
    using Schedule = std::priority_queue<Scheduled, std::vector<Scheduled>, std::greater<>>;
    /// Without memory for it the device has no place in the schedule until scheduleMissing().
    void schedule(Device& device) noexcept;
    void leaveSchedule(Device& device, Device::State state) noexcept {
        device.scheduled_ = kNever;
        device.state_ = state;
    }
    void due(Device& device) noexcept;
    void leaveSlotList(Device& device) noexcept;
    static bool isUnderWay(const Device& device);
    static auto probeRank(const Device& device);
    void dropOutdated(Device::Line line);
    /// Gives a place to the devices for which there was no memory.
    void scheduleMissing() noexcept;
    Schedule& scheduleOf(Device::Line line) { return schedules_[static_cast<std::size_t>(line)]; }
    /// The first entry of the line's schedule that still holds; null: none.
    Device* top(Device::Line line);

    const util::Clock& clock_;
    const util::Milliseconds quiet_delay_;
    std::unordered_map<store::Id, Device> devices_;
    std::array<Schedule, 2> schedules_;
    bool some_missing_ = false;                  // in the schedules
    util::SteadyTime last_line_from_ = kAtOnce;  // when the next device of the last line may go
    std::uint64_t last_number_ = 0;
};

/// Holds a device in hand to the end of the scope. Then it is put back, also after an exception:
/// it is queued, busy or without a slot.
class DeviceInHand {
  public:
    DeviceInHand(DeviceQueue& queue, Device& device) : queue_(queue), device_(device) {
        queue_.takeInHand(device_);
    }
    ~DeviceInHand() { queue_.putBack(device_); }
    DeviceInHand(const DeviceInHand&) = delete;
    DeviceInHand& operator=(const DeviceInHand&) = delete;

  private:
    DeviceQueue& queue_;
    Device& device_;
};

}  // namespace postbell::dispatch
