// SPDX-License-Identifier: Apache-2.0
// The devices of a lane with pending rows, and when each is due.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <unordered_map>
#include <utility>
#include <vector>

#include "dispatch/now.h"
#include "dispatch/waiting.h"
#include "util/clock.h"

namespace postbell::dispatch {

class Gate;

/// One device: at most one push is in flight for it, so that an older count never overtakes a newer
/// one.
struct Device {
    store::Id id = 0;
    std::vector<Waiting> waiting;  ///< one for each registration with something pending
    bool in_flight = false;        ///< sent, or being encoded or counted
    std::uint32_t failures = 0;    ///< in a row
    util::SteadyTime not_before = kAtOnce;
    const Gate* held_by = nullptr;  ///< the cause of `not_before`, which ends when it opens
    bool without_slot = false;      ///< it is in its route's list of devices without a slot
    /// All pools were busy when its push was to be sent; the value: whether its origin is prompt.
    std::optional<bool> without_pool;
    /// The time under which it stands in the schedule; kNever: it does not.
    util::SteadyTime scheduled = kNever;
    util::SteadyTime foreign_at;  ///< when its token was last called foreign; not set: never
    util::SteadyTime probed;      ///< when it last served as a probe

    Waiting* find(store::Id registration);
};

/// Knows neither network nor store. A device is here as long as a row is pending for it, or a push
/// to it is in flight. Who takes a device out of the schedule, or changes it, ends with putBack()
/// or landed(): then it has a due time, a push in flight or a place in its route's list. Confined
/// to one thread.
class DeviceQueue {
  public:
    /// `clock` must outlive the queue.
    DeviceQueue(const util::Clock& clock, util::Milliseconds quiet_delay)
        : clock_(clock), quiet_delay_(quiet_delay) {}

    bool empty() const { return devices_.empty(); }
    Device& at(store::Id id);
    Device* find(store::Id id);

    /// The registration whose push is due first; null: nothing is pending.
    Waiting* first(Device& device, util::WallTime now) const;
    /// Takes the device that has been due longest out of the schedule; null: none is due.
    Device* next(util::SteadyTime now);
    /// When the next device is due; kNever: none waits for a time.
    util::SteadyTime nextDue();
    /// Takes the device that served as a probe longest ago out of the schedule. Null: to every
    /// device with pending rows a push is in flight.
    Device* leastProbed(util::SteadyTime now);
    /// When the device is due again; erased if nothing is pending and nothing in flight.
    void putBack(Device& device);
    /// After a settlement: erases the device if nothing is pending and nothing in flight.
    void removeIfDone(Device& device);
    /// The push that was in flight was answered, or never left.
    void landed(Device& device);

    /// The device stands in its route's list until slotsFree().
    void waitForSlot(Device& device) { device.without_slot = true; }
    void slotsFree(const std::vector<store::Id>& devices);
    /// The device is due after the pause, or as soon as the gate `held_by` opens.
    void wait(Device& device, util::Milliseconds pause, const Gate* held_by = nullptr);
    /// The gate has opened: devices that it held are due.
    void release(const Gate& gate);
    /// A new upload has gates of its own: devices that a gate or a slot held are due.
    void releaseHeld();
    /// The credential is accepted again: everything is due.
    void releaseAll();
    /// The app is gone, and its pending rows with it.
    void forget();

    /// The registrations that wait, and since when the oldest mail does.
    struct Backlog {
        std::size_t waiting = 0;
        util::WallTime oldest_since;
    };
    /// Counts about `most` devices from `position` on, and moves it; false: those were all. In
    /// parts, so that a scrape does not hold up pushes; what comes and goes meanwhile may be
    /// counted or not.
    bool count(std::size_t& position, std::size_t most, Backlog& backlog) const;

  private:
    using Scheduled = std::pair<util::SteadyTime, store::Id>;
    void schedule(Device& device);
    /// The first entry of the schedule that still holds; null: none.
    Device* top();

    const util::Clock& clock_;
    const util::Milliseconds quiet_delay_;
    std::unordered_map<store::Id, Device> devices_;
    std::priority_queue<Scheduled, std::vector<Scheduled>, std::greater<>> schedule_;
};

}  // namespace postbell::dispatch
