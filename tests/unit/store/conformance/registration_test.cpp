// SPDX-License-Identifier: Apache-2.0
// How devices register, renew and move.
#include <catch2/catch.hpp>

#include "support/store_fixture.h"

using namespace postbell;
using namespace postbell::store;
using postbell::util::sha256;

namespace {

Report reportOf(const std::string& id) {
    Report report;
    report.instance = "ews";
    report.id_hash = sha256(id);
    report.folder_hash = sha256("inbox");
    report.now = util::fromMs(2000);
    return report;
}

}  // namespace

TEST_CASE_METHOD(StoreFixture, "the same device, app and account renews", "[store]") {
    NewRegistration first = incoming("t1", "a");
    const Registered known = store().registrations().registerDevice(first);
    CHECK_FALSE(known.renewed);
    CHECK(known.public_id == first.public_id);
    NewRegistration again = incoming("t1", "a", 3000);

    SECTION("with the same token") {
        const Registered renewed = store().registrations().registerDevice(again);
        CHECK(renewed.renewed);
        CHECK(renewed.public_id == first.public_id);
        CHECK(store().registrations().findRegistration(known.id).value().secret_hash ==
              again.secret_hash);
    }
    SECTION("with another token and the old secret, and its other accounts come along") {
        const Registration other = registered("t1", "b");
        again = incoming("t2", "a", 3000);
        again.previous_secret_hash = first.secret_hash;
        const Registered renewed = store().registrations().registerDevice(again);
        CHECK(renewed.id == known.id);
        CHECK(store().events().pushTarget(known.id).value().token == "token t2");
        CHECK(store().events().pushTarget(other.id).value().token == "token t2");
        CHECK(store().events().badgeShares(other.device).empty());
    }
    SECTION("but not with another token alone") {
        const Registered second = store().registrations().registerDevice(incoming("t2", "a"));
        CHECK_FALSE(second.renewed);
        CHECK(store().registrations().countRegistrations() == 2);
    }
    SECTION("nor with a wrong secret, another device id or another account") {
        again = incoming("t2", "a");
        again.previous_secret_hash = sha256("a guess");
        CHECK_FALSE(store().registrations().registerDevice(again).renewed);
        again = incoming("t3", "a");
        again.previous_secret_hash = first.secret_hash;
        again.device_key = sha256("another phone");
        CHECK_FALSE(store().registrations().registerDevice(again).renewed);
        CHECK_FALSE(store().registrations().registerDevice(incoming("t1", "b")).renewed);
    }
}

TEST_CASE_METHOD(StoreFixture, "at most two callbacks live: the reported one's and the newest",
                 "[store]") {
    const Registration r = registered("t", "a");
    const std::string first = lastCallback();
    const Callback callback = store().events().findCallback(first).value();
    CHECK(std::get<RegistrationCallback>(callback.of).recipient.id == r.id);
    CHECK(callback.proof_hash == sha256("proof"));
    CHECK_FALSE(store().events().findCallback(sha256("unknown")));
    const auto renew = [&] {
        REQUIRE(store().registrations().registerDevice(incoming("t", "a")).renewed);
        return lastCallback();
    };

    const std::string second = renew();
    CHECK_FALSE(store().events().findCallback(first));
    CHECK(store().registrations().report(r.public_id, reportOf("s1")) == ReportResult::Accepted);
    const std::string third = renew();
    const std::string fourth = renew();
    CHECK(store().events().findCallback(second));
    CHECK_FALSE(store().events().findCallback(third));
    CHECK(store().events().findCallback(fourth));

    CHECK(store().registrations().report(r.public_id, reportOf("s1")) == ReportResult::Accepted);
    CHECK(store().events().findCallback(second));
    CHECK(store().registrations().report(r.public_id, reportOf("s2")) == ReportResult::Accepted);
    CHECK_FALSE(store().events().findCallback(second));
    CHECK(store().events().findCallback(fourth));
}

TEST_CASE_METHOD(StoreFixture, "a new token moves the phone's registrations in one commit",
                 "[store]") {
    const Registration a = registered("t1", "a");
    const Registration b = registered("t1", "b");
    NewRegistration strange = incoming("t1", "c");
    strange.device_key = sha256("another phone");
    const Id c = store().registrations().registerDevice(strange).id;
    const Id stranger = store().registrations().findRegistration(c).value().device;
    Report counted = reportOf("s1");
    counted.unread = 5;
    REQUIRE(store().registrations().report(b.public_id, counted) == ReportResult::Accepted);
    REQUIRE(stage({event(a, StagedEvent::Kind::NewMail, 2)}));
    takeRows();

    CHECK_FALSE(
        changeToken("nobody", {"token t2", sha256("token key t2"), util::fromMs(4000), {}, {}}));
    REQUIRE(
        changeToken(a.public_id, {"token t2", sha256("token key t2"), util::fromMs(4000), {}, {}}));

    const Id device = store().registrations().findRegistration(a.id).value().device;
    CHECK(device != a.device);
    CHECK(store().registrations().findRegistration(b.id).value().device == device);
    CHECK(store().registrations().findRegistration(c).value().device == stranger);
    CHECK(store().registrations().findRegistration(c).value().registrations_on_device == 1);
    CHECK(store().events().pushTarget(b.id).value().token == "token t2");
    CHECK(pending(a.id).value().count == 2);
    CHECK(pending(b.id).value().count == 5);
    const std::vector<Pending> rows = takeRows();
    REQUIRE(rows.size() == 2);
    for (const Pending& row : rows) {
        CHECK(row.device == device);
        CHECK(row.app == app());
    }

    // An event that was staged with the old device goes to the new one.
    REQUIRE(stage({event(a, StagedEvent::Kind::NewMail, 3)}));
    CHECK(takeRows().at(0).device == device);
}

TEST_CASE_METHOD(StoreFixture, "a token that already has the account takes the mover's place of it",
                 "[store]") {
    const Registration a1 = registered("t1", "a");
    const Registration a2 = registered("t2", "a");

    REQUIRE(changeToken(a1.public_id,
                        {"token t2", sha256("token key t2"), util::fromMs(4000), {}, {}}));

    CHECK(store().registrations().findRegistration(a1.id));
    CHECK_FALSE(store().registrations().findRegistration(a2.id));
    CHECK(store().events().badgeShares(a2.device).size() == 1);
}

TEST_CASE_METHOD(StoreFixture, "a device's origin and its token's end come with the token",
                 "[store]") {
    NewRegistration named = incoming("t", "a");
    named.origin = "https://push.example.com";
    named.token_expires_at = util::fromMs(9000);
    const Id id = store().registrations().registerDevice(named).id;
    CHECK(store().events().pushTarget(id).value().origin == "https://push.example.com");
    CHECK(store().events().pushTarget(id).value().token_expires_at == util::fromMs(9000));
    REQUIRE(store().events().findCallback(lastCallback()));
    CHECK(store().events().pushTarget(id).value().origin ==
          "https://push.example.com");  // read with it

    const std::string public_id = store().registrations().findRegistration(id).value().public_id;
    REQUIRE(changeToken(public_id,
                        {"new", "new key", util::fromMs(2000), "https://other.example", {}}));
    CHECK(store().events().pushTarget(id).value().origin == "https://other.example");
    CHECK(store().events().pushTarget(id).value().token_expires_at == util::WallTime());
    REQUIRE(changeToken(public_id, {"newer", "newer key", util::fromMs(3000), {}, {}}));
    CHECK(store().events().pushTarget(id).value().origin.empty());
}

namespace {

/// A device with as many registrations as one may have.
class Crowded : public StoreFixture {
  public:
    Crowded() {
        for (std::int64_t i = 0; i < kMaxRegistrationsPerDevice; ++i)
            all.push_back(store().registrations().registerDevice(
                incoming("full", "account " + std::to_string(i))));
    }
    std::size_t onDevice() {
        const Id device = store().registrations().findRegistration(all[0].id).value().device;
        return store().events().badgeShares(device).size();
    }
    static Registrations::TokenChange to(const std::string& token) {
        return {"token " + token, sha256("token key " + token), util::fromMs(4000), {}, {}};
    }

    std::vector<Registered> all;
};

}  // namespace

TEST_CASE_METHOD(Crowded, "a device that is full takes no registration more", "[store]") {
    const std::size_t before = onDevice();
    REQUIRE(before == static_cast<std::size_t>(kMaxRegistrationsPerDevice));

    SECTION("not a new one") {
        CHECK(store().registrations().registerDevice(incoming("full", "one more")).id == 0);
    }
    SECTION("not by a change of the token") {
        const Registration other = registered("other", "one more");
        CHECK(store().registrations().changeToken(other.public_id, to("full")) ==
              TokenChanged::Crowded);
        CHECK(store().registrations().findRegistration(other.id).value().device == other.device);
    }
    SECTION("not by a renewal that moves") {
        const NewRegistration other = incoming("other", "one more");
        store().registrations().registerDevice(other);
        NewRegistration renewal = incoming("full", "one more");
        renewal.previous_secret_hash = other.secret_hash;
        CHECK(store().registrations().registerDevice(renewal).id == 0);
        CHECK(store().registrations().findRegistration(other.public_id).value().secret_hash ==
              other.secret_hash);
    }
    CHECK(onDevice() == before);
}

TEST_CASE_METHOD(Crowded, "a device that is full renews, moves, and takes an account it has",
                 "[store]") {
    const std::size_t before = onDevice();
    CHECK(store().registrations().registerDevice(incoming("full", "account 7")).renewed);
    CHECK(changeToken(all[0].public_id, to("full")));
    CHECK(changeToken(registered("other", "account 7").public_id, to("full")));
    CHECK(changeToken(all[0].public_id, to("fresh")));
    CHECK(onDevice() == before);
    REQUIRE(store().registrations().removeRegistration(all[1].public_id));
    CHECK(store().registrations().registerDevice(incoming("fresh", "one more")).id != 0);
}
