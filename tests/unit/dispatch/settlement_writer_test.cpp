// SPDX-License-Identifier: Apache-2.0
#include "dispatch/verdict/settlement_writer.h"

#include <catch2/catch.hpp>

#include <variant>
#include <vector>

using namespace postbell;
using namespace postbell::dispatch;

namespace {

constexpr util::WallTime kNow = util::fromMs(9'000);
constexpr util::WallTime kTokenAt = util::fromMs(1'000);

struct Fixture {
    std::vector<store::Settlement> queued;
    const SettlementWriter::Sink queue = [this](const store::Settlement& s) {
        queued.push_back(s);
    };
    SettlementWriter settlements{7, store::Environment::Sandbox, queue};

    static Flight flight(Part part) {
        Flight flight;
        flight.device = 3;
        flight.generation = 11;
        flight.content.part = part;
        flight.content.count = 5;
        flight.content.target.registration.id = 2;
        flight.content.target.token_at = kTokenAt;
        return flight;
    }
    template <class Outcome>
    Outcome only() const {
        REQUIRE(queued.size() == 1);
        REQUIRE(std::holds_alternative<Outcome>(queued[0].outcome));
        return std::get<Outcome>(queued[0].outcome);
    }
};

}  // namespace

TEST_CASE("a settlement names whose push it was", "[settlements]") {
    Fixture f;
    f.settlements.delivered(Fixture::flight(Part::Mail), kNow);
    REQUIRE(f.queued.size() == 1);
    CHECK(f.queued[0].registration == 2);
    CHECK(f.queued[0].device == 3);
    CHECK(f.queued[0].app == 7);
    CHECK(f.queued[0].environment == store::Environment::Sandbox);
}

TEST_CASE("mail that was delivered settles its generation, with the count that was sent",
          "[settlements]") {
    Fixture f;
    Flight flight = Fixture::flight(Part::Mail);
    flight.content.target.registration.registrations_on_device = GENERATE(1, 2);
    f.settlements.delivered(flight, kNow);
    const auto delivered = f.only<store::Delivered>();
    CHECK(delivered.generation == 11);
    CHECK(delivered.count == 5);
    CHECK(delivered.shared == (flight.content.target.registration.registrations_on_device == 2));
    CHECK(delivered.at == kNow);
}

TEST_CASE("mail that can never be delivered is dropped, sent or not", "[settlements]") {
    Fixture f;
    SECTION("it was sent") {
        f.settlements.dropped(Fixture::flight(Part::Mail), kNow);
    }
    SECTION("it was not") {
        store::Pending row;
        row.registration = 2;
        row.device = 3;
        row.generation = 11;
        f.settlements.dropped(row, Part::Mail, kNow);
    }
    CHECK(f.only<store::Dropped>().generation == 11);
    CHECK(f.only<store::Dropped>().at == kNow);
}

TEST_CASE("a check is over once it was sent, whatever its outcome", "[settlements]") {
    Fixture f;
    SECTION("delivered") {
        f.settlements.delivered(Fixture::flight(Part::Check), kNow);
    }
    SECTION("dropped") {
        f.settlements.dropped(Fixture::flight(Part::Check), kNow);
    }
    CHECK(f.only<store::CheckSettled>().generation == 11);
}

TEST_CASE("the network's word about a token names the token that was pushed to", "[settlements]") {
    Fixture f;
    SECTION("dead") {
        f.settlements.deviceDead(Fixture::flight(Part::Mail), kNow);
        CHECK(f.only<store::DeviceDead>().token_at == kTokenAt);
        CHECK(f.only<store::DeviceDead>().at == kNow);
    }
    SECTION("perhaps dead") {
        f.settlements.first410(Fixture::flight(Part::Mail), kNow);
        CHECK(f.only<store::First410>().token_at == kTokenAt);
        CHECK(f.only<store::First410>().at == kNow);
    }
    SECTION("foreign for the first time") {
        f.settlements.firstForeign(Fixture::flight(Part::Mail), kNow);
        CHECK(f.only<store::FirstForeign>().token_at == kTokenAt);
        CHECK(f.only<store::FirstForeign>().at == kNow);
    }
}
