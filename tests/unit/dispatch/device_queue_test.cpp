// SPDX-License-Identifier: Apache-2.0
#include "dispatch/queue/device_queue.h"

#include <catch2/catch.hpp>

#include "support/failing_new.h"
#include "unit/dispatch/device_queue_bench.h"

using namespace postbell;
using namespace postbell::dispatch;
using testing::kQuiet;
using testing::kSecond;
using Fixture = testing::DeviceQueueBench;

TEST_CASE("new mail is due at once, a changed count after the quiet delay", "[device_queue]") {
    Fixture f;
    f.add(1, false);
    f.add(2, true);
    CHECK(f.next() == 2);
    CHECK(f.next() == 0);
    CHECK(f.queue.nextDue() == f.clock.steady() + kQuiet);
    f.clock.advance(kQuiet);
    CHECK(f.next() == 1);
    CHECK(f.queue.nextDue() == kNever);
}

TEST_CASE("what waits longest is due first", "[device_queue]") {
    Fixture f;
    f.add(1, true, 1 * kSecond);
    f.add(2, true, 3 * kSecond);
    f.add(3, true, 2 * kSecond);
    CHECK(f.next() == 2);
    CHECK(f.next() == 3);
    CHECK(f.next() == 1);
}

TEST_CASE("what has waited since before the clock began is due, oldest first", "[device_queue]") {
    Fixture f{testing::FakeClock(1'700'000'000'000, 1)};
    f.add(1, true, 10 * kSecond);
    f.add(2, false, 20 * kSecond);
    CHECK(f.next() == 2);
    CHECK(f.next() == 1);
}

TEST_CASE("a wall clock that is set back holds nothing up beyond the quiet delay",
          "[device_queue]") {
    Fixture f;
    Device& device = f.add(1, true);
    f.clock.setWall(f.clock.wall() - std::chrono::hours(24));
    f.queue.putBack(device);
    f.clock.advance(kQuiet);
    CHECK(f.next() == 1);
}

TEST_CASE("a device with a push in flight is not due", "[device_queue]") {
    Fixture f;
    Device& device = f.add(1, true);
    f.queue.markBusy(device);
    CHECK(f.next() == 0);
    CHECK(f.queue.nextDue() == kNever);
    f.queue.takeInHand(device);
    f.queue.putBack(device);
    f.queue.putBack(device);  // twice is once
    CHECK(f.next() == 1);
    CHECK(f.next() == 0);
}

TEST_CASE("a device that there is no memory to schedule is scheduled at the next turn",
          "[device_queue]") {
    Fixture f;
    Device& device = f.unscheduled(1, true);
    testing::failAllocations(0, 1);
    f.queue.putBack(device);
    CHECK(testing::endOfFailures() == 1);
    CHECK(f.queue.nextDue() != kNever);
    SECTION("by the turn") {
        CHECK(f.next() == 1);
    }
    SECTION("by being put back before") {
        f.queue.putBack(device);
        CHECK(f.next() == 1);
    }
    CHECK(f.next() == 0);
}

TEST_CASE("of devices without a slot none is lost for want of memory", "[device_queue]") {
    Fixture f;
    const std::vector<store::Id> all{1, 2, 3};
    for (const store::Id id : all) f.queue.waitForSlot(f.unscheduled(id, true));
    testing::failAllocations(0, 1);
    f.queue.slotsFree(all);
    CHECK(testing::endOfFailures() == 1);
    store::Id sum = 0;
    while (const store::Id id = f.next()) sum += id;
    CHECK(sum == 1 + 2 + 3);
}

TEST_CASE("a device is forgotten when nothing waits and nothing flies", "[device_queue]") {
    Fixture f;
    Device& device = f.add(1, true);
    f.queue.putBack(device);
    CHECK(f.queue.find(1) != nullptr);
    device.waiting[0].settle(Part::Mail, 1, f.clock.wall());
    device.waiting[0].confirmSettled(Part::Mail, 1);
    f.queue.markBusy(device);
    f.queue.putBack(device);
    CHECK(f.queue.find(1) != nullptr);
    f.queue.takeInHand(device);
    f.queue.putBack(device);
    CHECK(f.queue.empty());
}

TEST_CASE("of an app that is gone only flights are left", "[device_queue]") {
    Fixture f;
    f.add(1, true);
    f.queue.markBusy(f.add(2, true));
    f.queue.forget();
    CHECK(f.queue.find(1) == nullptr);
    REQUIRE(f.queue.find(2) != nullptr);
    CHECK(f.queue.find(2)->waiting.empty());
}

TEST_CASE("a schedule does not grow with the events of a device that cannot be pushed to",
          "[device_queue]") {
    Fixture f;
    Device& device = f.add(1, false);
    f.add(2, true);
    const auto event = [&] {
        f.clock.advance(util::Milliseconds(1));
        f.queue.wait(device, kQuiet);
        f.queue.putBack(device);
    };
    // Memory of a schedule with so many entries.
    testing::failAllocationOf(1'024 * sizeof(std::pair<util::SteadyTime, store::Id>));
    for (int i = 0; i < 2'000; ++i) event();
    CHECK(testing::endOfFailures() == 0);
    CHECK(f.next() == 2);
    f.clock.advance(kQuiet);
    CHECK(f.next() == 1);
    CHECK(f.next() == 0);
}

TEST_CASE("the backlog is counted in parts", "[device_queue]") {
    Fixture f;
    for (store::Id id = 1; id <= 100; ++id) f.add(id, true, id * kSecond);
    DeviceQueue::Backlog backlog;
    std::size_t position = 0, parts = 1;
    while (f.queue.count(position, 10, backlog)) ++parts;
    CHECK(parts > 5);
    CHECK(backlog.waiting == 100);
    CHECK(backlog.oldest_since == f.clock.wall() - 100 * kSecond);
}
