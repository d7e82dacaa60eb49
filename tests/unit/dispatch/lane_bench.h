// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <utility>

#include "dispatch/lane.h"
#include "unit/dispatch/lane_world.h"

namespace postbell::testing {

/// A lane of app 1, and what happens to it.
struct LaneBench : LaneParts {
    std::unique_ptr<dispatch::Lane> lane;
    store::Pending last;

    LaneBench() { open(); }
    ~LaneBench() {
        on([this] { lane.reset(); });
    }
    void open() {
        on([this] {
            lane = std::make_unique<dispatch::Lane>(context, 1, store::Environment::None);
        });
    }
    void changed(const store::Pending& row) {
        last = row;
        on([&] { lane->changed(row); });
    }
    void newMail(store::Id device, std::int64_t generation = 1) {
        changed(mail(device, generation));
    }
    /// To a device that was delivered to before the gateway started.
    void newMailToProven(store::Id device) {
        store::Pending row = mail(device);
        row.device_proven_at = clock.wall() - std::chrono::hours(1);
        events.targets[device].registration.device_proven_at = row.device_proven_at;
        changed(row);
    }
    void answer(std::size_t index, int status, std::uint64_t connection = 1) {
        on([&] { wire.answer(index, status, connection); });
    }
    /// Time passes, and the lane has a look. (Its timers run in real time.)
    void advance(util::Milliseconds by) {
        on([&] {
            clock.advance(by);
            lane->changed(last);
        });
    }
    bool authorizationFailing() {
        bool failing = false;
        on([&] { failing = lane->status().authorization_failing; });
        return failing;
    }
    std::string pausedReason() {
        std::string reason;
        on([&] { reason = lane->status().paused_reason; });
        return reason;
    }
};

}  // namespace postbell::testing
