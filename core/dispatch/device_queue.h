// SPDX-License-Identifier: Apache-2.0
// The devices of a lane with pending rows, and when each is due.
#pragma once
#include <array>
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
    bool without_slot = false;      ///< it is in its destination's list of devices without a slot
    /// All pools were busy when its push was to be sent; the value: whether its origin is prompt.
    std::optional<bool> without_pool;
    /// The time under which it stands in the schedule; kNever: it does not.
    util::SteadyTime scheduled = kNever;
    enum class Line { First, Last };
    Line line = Line::First;  ///< in whose schedule

    /// When a push was last known to be delivered to its token; not set: never.
    util::WallTime proven_at;
    /// The words that its token is foreign, since a push was delivered.
    struct Foreign {
        std::uint32_t words = 0;
        util::SteadyTime since;  ///< the first of them
    };
    Foreign foreign;
    // Numbers of the queue, which grow.
    std::uint64_t arrived = 0;
    std::uint64_t probed = 0;  ///< when it last served as a probe; 0: never

    Waiting* find(store::Id registration);
    /// A witness for or against the credential.
    bool isProven() const { return util::isSet(proven_at); }
    /// Its token may be made up: it waits by itself, behind all others.
    bool isDoubtful() const { return foreign.words > 0 && !isProven(); }
    void calledForeign(util::SteadyTime now) {
        if (foreign.words++ == 0) foreign.since = now;
    }
    /// A push was delivered.
    void well() {
        failures = 0;
        not_before = kAtOnce;
        foreign = {};
    }
};

/// Knows neither network nor store. Devices that are doubtful come behind all others and at most
/// four a second, so that made-up tokens hold up nobody and do not annoy the push network. A device
/// is here as long as a row is pending for it, or a push to it is in flight. Who takes a device out
/// of the schedule, or changes it, ends with putBack() or landed(): then it has a due time, a push
/// in flight or a place in its destination's list. Confined to one thread.
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
    /// Takes the device that is to be a paused credential's probe out of the schedule: a witness if
    /// one is pending, another one each time. Null: there is none, or a push to it is in flight.
    Device* nextProbe(util::SteadyTime now);
    /// When the device is due again; erased if nothing is pending and nothing in flight.
    void putBack(Device& device) noexcept;
    /// After a settlement: erases the device if nothing is pending and nothing in flight.
    void removeIfDone(Device& device) noexcept;
    /// The push that was in flight was answered, or never left.
    void landed(Device& device) noexcept;

    /// The device stands in its destination's list until slotsFree().
    void waitForSlot(Device& device) { device.without_slot = true; }
    void slotsFree(const std::vector<store::Id>& devices) noexcept;
    /// The device is due after the pause, or as soon as the gate `held_by` opens.
    void wait(Device& device, util::Milliseconds pause, const Gate* held_by = nullptr) noexcept;
    /// The gate has opened: devices that it held are due.
    void release(const Gate& gate);
    /// A new upload has gates of its own, and no token was called foreign by it: devices that a
    /// gate, a slot or such a word held are due.
    void releaseHeld();
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
    /// parts, so that a scrape does not hold up pushes; what comes and goes meanwhile may be
    /// counted or not.
    bool count(std::size_t& position, std::size_t most, Backlog& backlog) const;

  private:
    using Scheduled = std::pair<util::SteadyTime, store::Id>;
    using Schedule = std::priority_queue<Scheduled, std::vector<Scheduled>, std::greater<>>;
    /// Without memory for it the device has no place in the schedule until scheduleMissing().
    void schedule(Device& device) noexcept;
    /// Gives a place to the devices for which there was no memory.
    void scheduleMissing() noexcept;
    Schedule& scheduleOf(Device::Line line) { return schedules_[static_cast<std::size_t>(line)]; }
    /// The first entry of the line's schedule that still holds; null: none.
    Device* top(Device::Line line);

    const util::Clock& clock_;
    const util::Milliseconds quiet_delay_;
    std::unordered_map<store::Id, Device> devices_;
    std::array<Schedule, 2> schedules_;
    bool some_missing_ = false;  // in the schedules
    util::SteadyTime last_line_from_ = kAtOnce;  // when the next device of the last line may go
    std::uint64_t last_number_ = 0;
};

/// A device that is out of the schedule, or whose push has landed: put back at the end of the
/// scope, whatever happens until then.
class PutBack {
  public:
    PutBack(DeviceQueue& queue, Device& device) : queue_(queue), device_(device) {}
    ~PutBack() { queue_.putBack(device_); }
    PutBack(const PutBack&) = delete;
    PutBack& operator=(const PutBack&) = delete;

  private:
    DeviceQueue& queue_;
    Device& device_;
};

}  // namespace postbell::dispatch
