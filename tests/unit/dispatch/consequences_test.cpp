// SPDX-License-Identifier: Apache-2.0
#include "dispatch/consequences.h"

#include <catch2/catch.hpp>

#include "unit/dispatch/lane_world.h"

using namespace postbell;
using namespace postbell::dispatch;

namespace {

struct Fixture : testing::LaneParts {
    DeviceQueue queue{clock, around.settings.quiet_delay};
    PushJournal journal{push_metrics, store_trouble, log};
    Settlements settlements{1, store::Environment::None, settle};
    Consequences consequences{{clock, events, queue, journal, settlements},
                              around.settings.retry_max};
};

}  // namespace

TEST_CASE("a dropped registration is settled in all its parts", "[consequences]") {
    Fixture f;
    store::Pending row = f.mail(1, 4);
    row.check_generation = 4;
    Waiting waiting(row);
    f.consequences.drop(waiting, PushMetrics::Drop::AppOff);
    CHECK_FALSE(waiting.pending());
    CHECK(f.settledAs<store::Dropped>() == 1);
    CHECK(f.settledAs<store::CheckSent>() == 1);
}

TEST_CASE(
    "each failure of a device in a row doubles its pause, and a pause that was asked for holds",
    "[consequences]") {
    Fixture f;
    Device& device = f.queue.at(1);
    const auto pause = [&](Pause asked) {
        f.consequences.wait(device, asked);
        return device.not_before - f.clock.steady();
    };
    CHECK(pause({}) <= std::chrono::seconds(1));
    pause({});
    CHECK(pause({}) >= std::chrono::seconds(2));
    CHECK(pause({std::chrono::minutes(7), {}}) == std::chrono::minutes(7));
    CHECK(device.failures == 4);
}
