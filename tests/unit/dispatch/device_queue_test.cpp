// SPDX-License-Identifier: Apache-2.0
#include "dispatch/device_queue.h"

#include <catch2/catch.hpp>

#include "dispatch/gate.h"
#include "support/failing_new.h"
#include "support/fake_clock.h"

using namespace postbell;
using namespace postbell::dispatch;

namespace {

constexpr util::Milliseconds kQuiet{2'000};
constexpr std::chrono::seconds kSecond{1};

struct Fixture {
    testing::FakeClock clock;
    DeviceQueue queue{clock, kQuiet};

    Device& unscheduled(store::Id id, bool new_mail, util::Milliseconds ago = {}) {
        store::Pending row;
        row.registration = row.device = id;
        row.generation = row.mail_generation = 1;
        row.new_mail_generation = new_mail ? 1 : 0;
        row.since = clock.wall() - ago;
        Device& device = queue.at(id);
        device.waiting.emplace_back(row);
        return device;
    }
    Device& add(store::Id id, bool new_mail, util::Milliseconds ago = {}) {
        Device& device = unscheduled(id, new_mail, ago);
        queue.putBack(device);
        return device;
    }
    Device& proven(store::Id id, util::Milliseconds ago) {
        Device& device = add(id, true);
        device.proven_at = clock.wall() - ago;
        return device;
    }
    Device& doubtful(store::Id id) {
        Device& device = add(id, true);
        device.calledForeign(clock.steady());
        queue.putBack(device);
        return device;
    }
    store::Id probe() {
        const Device* device = queue.nextProbe(clock.steady());
        return device == nullptr ? 0 : device->id;
    }
    store::Id next() {
        const Device* device = queue.next(clock.steady());
        return device == nullptr ? 0 : device->id;
    }
};

}  // namespace

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
    device.in_flight = true;
    CHECK(f.next() == 0);
    CHECK(f.queue.nextDue() == kNever);
    f.queue.landed(device);
    f.queue.putBack(device);  // twice is once
    CHECK(f.next() == 1);
    CHECK(f.next() == 0);
}

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

TEST_CASE("a device that waits is due after its pause, or when its origin works again",
          "[device_queue]") {
    Fixture f;
    const Gate gate, other;
    Device& device = f.add(1, true);
    f.queue.wait(device, 10 * kSecond, &gate);
    f.queue.putBack(device);
    CHECK(f.next() == 0);
    f.queue.release(other);
    CHECK(f.next() == 0);

    SECTION("after its pause") {
        f.clock.advance(10 * kSecond);
        CHECK(f.next() == 1);
    }
    SECTION("when the origin works") {
        f.queue.release(gate);
        CHECK(f.next() == 1);
    }
    SECTION("with the gates of a new upload") {
        f.queue.releaseHeld();
        CHECK(f.next() == 1);
    }
}

TEST_CASE("a pause that is the device's own outlives a new upload, not an accepted credential",
          "[device_queue]") {
    Fixture f;
    Device& device = f.add(1, true);
    f.queue.wait(device, 10 * kSecond);
    f.queue.putBack(device);
    f.queue.releaseHeld();
    CHECK(f.next() == 0);
    f.queue.releaseAll();
    CHECK(f.next() == 1);
}

TEST_CASE("devices that are doubtful come behind all others, four a second",
          "[device_queue][row:GUARD-8]") {
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
          "[device_queue][row:GUARD-6]") {
    Fixture f;
    Device& device = f.doubtful(1);
    f.queue.wait(device, 600 * kSecond);
    f.queue.putBack(device);
    f.queue.releaseAll();
    CHECK(f.next() == 0);
    f.queue.releaseHeld();
    CHECK_FALSE(device.isDoubtful());
    CHECK(f.next() == 1);
    CHECK(f.next() == 0);
}

TEST_CASE("probes go to one witness after the other, first to the one that was good last",
          "[device_queue][row:GUARD-4]") {
    Fixture f;
    f.add(1, true);
    f.proven(2, 5 * kSecond);
    f.proven(3, 2 * kSecond);
    f.proven(4, 1 * kSecond).in_flight = true;
    CHECK(f.probe() == 3);
    CHECK(f.probe() == 2);
    CHECK(f.probe() == 3);
}

TEST_CASE("a witness that is a suspect is probed behind the others", "[device_queue]") {
    Fixture f;
    f.proven(1, 1 * kSecond).calledForeign(f.clock.steady());
    f.proven(2, 5 * kSecond);
    CHECK(f.probe() == 2);
    CHECK(f.probe() == 1);
}

TEST_CASE("without a witness each token has its turn as a probe, however many come",
          "[device_queue][row:GUARD-4]") {
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

TEST_CASE("a device is forgotten when nothing waits and nothing flies", "[device_queue]") {
    Fixture f;
    Device& device = f.add(1, true);
    f.queue.putBack(device);
    CHECK(f.queue.find(1) != nullptr);
    device.waiting[0].settle(Part::Mail, 1, f.clock.wall());
    device.waiting[0].confirmSettled(Part::Mail, 1);
    device.in_flight = true;
    f.queue.putBack(device);
    CHECK(f.queue.find(1) != nullptr);
    device.in_flight = false;
    f.queue.putBack(device);
    CHECK(f.queue.empty());
}

TEST_CASE("of an app that is gone only flights are left", "[device_queue]") {
    Fixture f;
    f.add(1, true);
    f.add(2, true).in_flight = true;
    f.queue.forget();
    CHECK(f.queue.find(1) == nullptr);
    REQUIRE(f.queue.find(2) != nullptr);
    CHECK(f.queue.find(2)->waiting.empty());
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
