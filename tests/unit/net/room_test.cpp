// SPDX-License-Identifier: Apache-2.0
#include "net/room.h"

#include <catch2/catch.hpp>

using namespace postbell;
using net::Room;
using net::RoomPlace;
using namespace std::chrono_literals;

namespace {

constexpr util::SteadyTime kStart{1h};

}  // namespace

TEST_CASE("the longest idle is the next, then the slowest, each after its time and once") {
    Room room;
    RoomPlace slow, idle, idle_later;
    room.enterUnfinished(slow, kStart);
    room.enterIdle(idle, kStart + 10ms);
    room.enterIdle(idle_later, kStart + 20ms);

    CHECK(room.takeNext(kStart + 1009ms) == nullptr);
    CHECK(room.takeNext(kStart + 1010ms) == &idle);
    CHECK(room.takeNext(kStart + 1010ms) == nullptr);
    CHECK(room.takeNext(kStart + 2999ms) == &idle_later);
    CHECK(room.takeNext(kStart + 2999ms) == nullptr);
    CHECK(room.takeNext(kStart + 3s) == &slow);
    CHECK(room.takeNext(kStart + 1h) == nullptr);
}

TEST_CASE("a place that enters again has its time again, and one that left is not taken") {
    Room room;
    RoomPlace place;
    room.enterIdle(place, kStart);
    room.enterIdle(place, kStart + 900ms);
    CHECK(room.takeNext(kStart + 1s) == nullptr);
    room.enterUnfinished(place, kStart + 1s);
    CHECK(room.takeNext(kStart + 3s) == nullptr);
    CHECK(room.takeSlowest(kStart + 4s) == &place);

    room.enterIdle(place, kStart);
    place.leave();
    place.leave();
    {
        RoomPlace gone;
        room.enterIdle(gone, kStart);
    }
    CHECK(room.takeNext(kStart + 1h) == nullptr);
}
