// SPDX-License-Identifier: Apache-2.0
// The pace of devices that are doubtful, and the order of probes.
#include <catch2/catch.hpp>

#include "unit/dispatch/device_queue_bench.h"

using namespace postbell;
using namespace postbell::dispatch;
using testing::kSecond;
using Fixture = testing::DeviceQueueBench;

TEST_CASE("devices that are doubtful come behind all others, four a second",
          "[device_queue][row:RULE-2]") {
    Fixture f;
    for (store::Id id = 1; id <= 2; ++id) f.doubtful(id);
    f.add(3, true);
    CHECK(f.next() == 3);
    CHECK(f.next() == 1);
    CHECK(f.next() == 0);
    CHECK(f.queue.nextDue() == f.clock.steady() + util::Milliseconds(250));
    f.add(4, true);
    CHECK(f.queue.nextDue() <= f.clock.steady());
    CHECK(f.next() == 4);
    f.clock.advance(util::Milliseconds(250));
    CHECK(f.next() == 2);
    CHECK(f.queue.nextDue() == kNever);
}

TEST_CASE("a device that is delivered to is doubtful no more", "[device_queue]") {
    Fixture f;
    f.doubtful(1);
    Device& device = f.doubtful(2);
    REQUIRE(f.next() == 1);
    device.well();
    f.queue.putBack(device);
    CHECK(f.next() == 2);
    CHECK(f.next() == 0);
}

TEST_CASE("who is doubtful waits for a new upload, not for an accepted credential",
          "[device_queue][row:RULE-7]") {
    Fixture f;
    Device& device = f.doubtful(1);
    f.queue.wait(device, 600 * kSecond);
    f.queue.putBack(device);
    f.queue.releaseAll();
    CHECK(f.next() == 0);
    f.queue.releaseForNewUpload();
    CHECK_FALSE(device.token.isDoubtful());
    CHECK(f.next() == 1);
    CHECK(f.next() == 0);
}

TEST_CASE("probes go to one witness after the other, first to the one that was good last",
          "[device_queue][row:RULE-5]") {
    Fixture f;
    f.add(1, true);
    f.proven(2, 5 * kSecond);
    f.proven(3, 2 * kSecond);
    f.queue.markBusy(f.proven(4, 1 * kSecond));
    CHECK(f.probe() == 3);
    CHECK(f.probe() == 2);
    CHECK(f.probe() == 3);
}

TEST_CASE("a witness that is a suspect is probed behind the others", "[device_queue]") {
    Fixture f;
    f.proven(1, 1 * kSecond).token.calledForeign(f.clock.steady());
    f.proven(2, 5 * kSecond);
    CHECK(f.probe() == 2);
    CHECK(f.probe() == 1);
}

TEST_CASE("without a witness each token has its turn as a probe, however many come",
          "[device_queue][row:RULE-5]") {
    Fixture f;
    f.add(1, true);
    f.add(2, true);
    CHECK(f.probe() == 1);
    f.add(3, true);
    f.add(4, true);
    CHECK(f.probe() == 2);
    f.add(5, true);
    CHECK(f.probe() == 1);
}

TEST_CASE("who waits since its token was called foreign is no probe", "[device_queue]") {
    Fixture f;
    Device& device = f.doubtful(1);
    f.queue.wait(device, 600 * kSecond);
    f.queue.putBack(device);
    CHECK(f.probe() == 0);
    CHECK(f.queue.nextDue() > f.clock.steady());
    f.clock.advance(600 * kSecond);
    CHECK(f.probe() == 1);
}

TEST_CASE("a device that only waits for the store to know of its settlement is no probe",
          "[device_queue]") {
    Fixture f;
    Device& device = f.add(1, true);
    device.waiting[0].settle(Part::Mail, 1, f.clock.wall());
    CHECK(f.probe() == 0);
}
