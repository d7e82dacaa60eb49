// SPDX-License-Identifier: Apache-2.0
#include "net/inbox.h"

#include <poll.h>

#include <catch2/catch.hpp>

#include <thread>

using namespace postbell;
using namespace postbell::net;

namespace {

bool wakesUp(const Inbox& inbox) {
    pollfd waiting{inbox.wakeDescriptor(), POLLIN, 0};
    return ::poll(&waiting, 1, 0) == 1;
}

util::SteadyTime at(std::int64_t ms) {
    return util::SteadyTime(util::Milliseconds(ms));
}

}  // namespace

TEST_CASE("many items cost one wake-up, and each of them is taken once") {
    Inbox inbox;
    CHECK_FALSE(wakesUp(inbox));
    for (std::uint64_t request = 1; request <= 3; ++request)
        inbox.post(Answer{7, request, Response{}});
    inbox.postRoomWanted();
    REQUIRE(wakesUp(inbox));

    Inbox::Items items;
    inbox.take(items);
    CHECK_FALSE(wakesUp(inbox));
    REQUIRE(items.answers.size() == 3);
    CHECK(items.answers[2].request == 3);
    CHECK(items.room_wanted);

    inbox.take(items);
    CHECK(items.answers.empty());
    CHECK_FALSE(items.room_wanted);

    inbox.post(Answer{7, 4, Response{}});
    CHECK(wakesUp(inbox));
}

TEST_CASE("items that were not worked on are not taken again") {
    Inbox inbox;
    Inbox::Items items;
    items.answers.push_back(Answer{7, 1, Response{}});
    inbox.take(items);
    CHECK(items.answers.empty());
    inbox.take(items);
    CHECK(items.answers.empty());
    CHECK_FALSE(wakesUp(inbox));
}

TEST_CASE("an item of the reactor's own thread causes no wake-up, another thread's does") {
    Inbox inbox;
    inbox.bindToThisThread();
    inbox.post(Answer{7, 1, Response{}});
    CHECK(inbox.own().answers.size() == 1);
    CHECK_FALSE(wakesUp(inbox));

    std::thread([&inbox] { inbox.post(Answer{7, 2, Response{}}); }).join();
    CHECK(inbox.own().answers.size() == 1);
    CHECK(wakesUp(inbox));
    inbox.unbind();
}

TEST_CASE("the earliest deadline of a stop counts, and stays") {
    Inbox inbox;
    inbox.postStop(at(2'000));
    inbox.postStop(at(1'000));
    inbox.postStop(at(3'000));
    REQUIRE(wakesUp(inbox));
    Inbox::Items items;
    for (int i = 0; i < 2; ++i) {
        inbox.take(items);
        CHECK(items.stop_deadline == at(1'000));
    }
}

TEST_CASE("an item posted to a reactor that has ended is dropped") {
    Inbox inbox;
    inbox.post(Answer{7, 1, Response{}});
    inbox.close();
    inbox.post(Answer{7, 2, Response{}});
    inbox.postStop(at(1'000));
    Inbox::Items items;
    inbox.take(items);
    CHECK(items.answers.empty());
    CHECK_FALSE(items.stop_deadline);
}

TEST_CASE(
    "a request that is answered or dropped gives its place back, and says so to the reactor") {
    const auto inbox = std::make_shared<Inbox>();
    const auto count = std::make_shared<WorkCount>();
    const auto target =
        std::make_shared<RequestTarget>(inbox, InWork::tryEnter(count, 1).value(), 7, 3);
    CHECK(count->requests == 1);
    bool answered = false;
    SECTION("answered") {
        answered = true;
        target->answer(Response{204, {}, {}});
    }
    SECTION("dropped") {
        target->drop();
    }
    CHECK(count->requests == 0);

    Inbox::Items items;
    inbox->take(items);
    REQUIRE(items.answers.size() == 1);
    CHECK(items.answers[0].connection == 7);
    CHECK(items.answers[0].request == 3);
    REQUIRE(items.answers[0].response.has_value() == answered);
    if (answered) CHECK(items.answers[0].response->status == 204);
}
