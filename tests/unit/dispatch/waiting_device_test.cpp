// SPDX-License-Identifier: Apache-2.0
// Devices that wait: for a slot, for an origin, or for themselves.
#include <catch2/catch.hpp>

#include "unit/dispatch/device_queue_bench.h"

using namespace postbell;
using namespace postbell::dispatch;
using testing::kSecond;
using Fixture = testing::DeviceQueueBench;

TEST_CASE("a device without a slot is due when its destination has one", "[device_queue]") {
    Fixture f;
    Device& device = f.add(1, true);
    REQUIRE(f.next() == 1);
    f.queue.waitForSlot(device);
    f.queue.putBack(device);
    CHECK(f.next() == 0);
    f.queue.slotsFree({1, 2});  // the other is gone
    CHECK(f.next() == 1);
}

TEST_CASE("a device that waits is due after its pause, or when its origin works again",
          "[device_queue]") {
    Fixture f;
    OriginWaiters waiters, other;
    Device& device = f.add(1, true);
    f.queue.wait(device, 10 * kSecond, &waiters);
    f.queue.putBack(device);
    CHECK(f.next() == 0);
    f.queue.release(other);
    CHECK(f.next() == 0);

    SECTION("after its pause") {
        f.clock.advance(10 * kSecond);
        CHECK(f.next() == 1);
    }
    SECTION("when the origin works") {
        f.queue.release(waiters);
        CHECK(f.next() == 1);
    }
    SECTION("with the gates of a new upload") {
        f.queue.releaseForNewUpload();
        CHECK(f.next() == 1);
    }
}

TEST_CASE("a device that waits for one origin again and again stands in its list once",
          "[device_queue]") {
    Fixture f;
    OriginWaiters waiters;
    Device& device = f.add(1, true);
    for (int i = 0; i < 3; ++i) {
        f.queue.wait(device, 10 * kSecond, &waiters);
        f.queue.wait(device, 10 * kSecond);
    }
    CHECK(waiters.ids.size() == 1);
    f.queue.putBack(device);
    f.queue.release(waiters);  // the last pause is the device's own
    CHECK(f.next() == 0);
    f.queue.wait(device, 10 * kSecond, &waiters);
    CHECK(waiters.ids.size() == 1);
}

TEST_CASE("an origin that works releases only those who still wait for it", "[device_queue]") {
    Fixture f;
    OriginWaiters forgotten, waiters;
    Device& device = f.add(1, true);
    f.queue.wait(device, 10 * kSecond, &forgotten);
    forgotten = {};  // with its destination
    f.queue.wait(f.add(2, true), 10 * kSecond, &forgotten);
    f.queue.wait(device, 10 * kSecond, &waiters);
    for (const store::Id id : {1, 2}) f.queue.putBack(*f.queue.find(id));
    f.queue.release(forgotten);
    CHECK(f.next() == 2);
    CHECK(f.next() == 0);
    f.queue.release(waiters);
    CHECK(f.next() == 1);
}

TEST_CASE("a pause that is the device's own outlives a new upload, not an accepted credential",
          "[device_queue]") {
    Fixture f;
    Device& device = f.add(1, true);
    f.queue.wait(device, 10 * kSecond);
    f.queue.putBack(device);
    f.queue.releaseForNewUpload();
    CHECK(f.next() == 0);
    f.queue.releaseAll();
    CHECK(f.next() == 1);
}
