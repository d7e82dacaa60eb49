// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "dispatch/queue/device_queue.h"
#include "support/fake_clock.h"

namespace postbell::testing {

inline constexpr util::Milliseconds kQuiet{2'000};
inline constexpr std::chrono::seconds kSecond{1};

/// The devices of a lane, each with one registration.
struct DeviceQueueBench {
    FakeClock clock;
    dispatch::DeviceQueue queue{clock, kQuiet};

    dispatch::Device& unscheduled(store::Id id, bool new_mail, util::Milliseconds ago = {}) {
        store::Pending row;
        row.registration = row.device = id;
        row.generation = row.mail_generation = 1;
        row.new_mail_generation = new_mail ? 1 : 0;
        row.since = clock.wall() - ago;
        dispatch::Device& device = queue.at(id);
        device.waiting.emplace_back(row);
        return device;
    }
    dispatch::Device& add(store::Id id, bool new_mail, util::Milliseconds ago = {}) {
        dispatch::Device& device = unscheduled(id, new_mail, ago);
        queue.putBack(device);
        return device;
    }
    dispatch::Device& proven(store::Id id, util::Milliseconds ago) {
        dispatch::Device& device = add(id, true);
        device.token.proven(clock.wall() - std::chrono::hours(1), clock.wall() - ago);
        return device;
    }
    dispatch::Device& doubtful(store::Id id) {
        dispatch::Device& device = add(id, true);
        device.token.calledForeign(clock.steady());
        queue.putBack(device);
        return device;
    }
    store::Id probe() {
        const dispatch::Device* device = queue.nextProbe(clock.steady());
        return device == nullptr ? 0 : device->id;
    }
    store::Id next() {
        const dispatch::Device* device = queue.next(clock.steady());
        return device == nullptr ? 0 : device->id;
    }
};

}  // namespace postbell::testing
