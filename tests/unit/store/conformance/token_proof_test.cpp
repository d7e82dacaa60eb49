// SPDX-License-Identifier: Apache-2.0
// Which device tokens count as delivered to.
#include <catch2/catch.hpp>

#include "support/store_fixture.h"

using namespace postbell;
using namespace postbell::store;

namespace {

/// A phone that was delivered to.
class ProvenPhone : public StoreFixture {
  public:
    ProvenPhone() {
        store().events().tokenProven(phone.id,
                                     {phone.device, util::fromMs(1000), util::fromMs(3000)});
        store().flush();
    }
    util::WallTime provenAt() { return target().registration.device_proven_at; }
    PushTarget target() { return store().events().pushTarget(phone.id).value(); }

    const Registration phone = registered("t", "a");
};

}  // namespace

TEST_CASE_METHOD(ProvenPhone, "a delivered push is remembered with the device", "[store]") {
    CHECK(provenAt() == util::fromMs(3000));
    REQUIRE(stage({event(phone, StagedEvent::Kind::NewMail, 1)}));
    CHECK(pending(phone.id).value().device_proven_at == util::fromMs(3000));
    close();
    open();
    CHECK(provenAt() == util::fromMs(3000));
}

TEST_CASE_METHOD(ProvenPhone,
                 "a push to an earlier token proves nothing, nor does one to a dead one",
                 "[store]") {
    const auto prove = [&](std::int64_t token_at, std::int64_t at) {
        store().events().tokenProven(phone.id,
                                     {phone.device, util::fromMs(token_at), util::fromMs(at)});
        store().flush();
    };
    settle(phone, FirstForeign{util::fromMs(1000), util::fromMs(3500)});
    prove(999, 4000);
    CHECK(provenAt() == util::fromMs(3000));
    prove(1000, 4000);
    CHECK(provenAt() == util::fromMs(4000));
    CHECK_FALSE(util::isSet(target().first_foreign_at));
    settle(phone, DeviceDead{util::fromMs(1000), util::fromMs(5000)});
    prove(1000, 4500);
    CHECK_FALSE(util::isSet(provenAt()));
}

TEST_CASE_METHOD(ProvenPhone, "another token was not delivered to yet", "[store]") {
    REQUIRE(changeToken(phone.public_id, {"new", "new key", util::fromMs(4000), {}, {}}));
    CHECK_FALSE(util::isSet(provenAt()));
}

TEST_CASE_METHOD(ProvenPhone, "the same token stays proven, unless its pushes go elsewhere",
                 "[store]") {
    NewRegistration again = incoming("t", "a", 4000);
    SECTION("registered again") {
        REQUIRE(store().registrations().registerDevice(again).renewed);
        CHECK(provenAt() == util::fromMs(3000));
    }
    SECTION("for another origin") {
        again.origin = "https://push.example.com";
        REQUIRE(store().registrations().registerDevice(again).renewed);
        CHECK_FALSE(util::isSet(provenAt()));
    }
    SECTION("after it was dead") {
        settle(phone, DeviceDead{util::fromMs(1000), util::fromMs(3500)});
        REQUIRE(store().registrations().registerDevice(again).renewed);
        CHECK_FALSE(util::isSet(provenAt()));
    }
}

TEST_CASE_METHOD(ProvenPhone, "a token that is registered again was not called foreign",
                 "[store]") {
    settle(phone, FirstForeign{util::fromMs(1000), util::fromMs(3500)});
    CHECK(target().first_foreign_at == util::fromMs(3500));
    REQUIRE(store().registrations().registerDevice(incoming("t", "a", 4000)).renewed);
    CHECK_FALSE(util::isSet(target().first_foreign_at));
}
