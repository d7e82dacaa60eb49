// SPDX-License-Identifier: Apache-2.0
// Which device tokens count as delivered to.
#include <fstream>
#include <string>

#include <catch2/catch.hpp>

#include "sqlite/migrations.h"
#include "sqlite/query.h"
#include "support/store_fixture.h"

using namespace postbell;
using namespace postbell::sqlite;
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

/// A database as it was before proofs were stored, with devices of one registration each.
class OldDatabase {
  public:
    explicit OldDatabase(const std::filesystem::path& file)
        : connection_(made(file), Connection::Access::Write, 100) {
        constexpr std::size_t kSteps = 7;
        migrate(connection_, file, Sealer(testKey()), migrations().first(kSteps));
        connection_.execute(
            "INSERT INTO tenant (name, hash_key) VALUES ('acme', x'00'); "
            "INSERT INTO app (tenant, name, platform, style, enabled, enabled_at) "
            "VALUES (1, 'com.example.mail', 'ios', 0, 1, 0)");
    }

    Id add(std::int64_t token_at, std::int64_t push_at, std::string_view outcome,
           std::int64_t dead_at = 0) {
        const Id id = ++last_;
        const std::string name = std::to_string(id);
        Query(connection_,
              "INSERT INTO device (app, token_key, token, environment, token_at, dead_at) "
              "VALUES (1, ?1, x'00', 1, ?2, ?3)",
              name, token_at, dead_at)
            .run();
        Query(connection_,
              "INSERT INTO registration (public_id, device, created_at, account_key, device_key, "
              "secret_hash, os_version, app_version) VALUES (?1, ?2, 0, ?1, x'', x'', '', '')",
              name, id)
            .run();
        if (push_at != 0)
            Query(connection_,
                  "INSERT INTO seen (registration, push_at, outcome) VALUES (?1, ?2, ?3)", id,
                  push_at, outcome)
                .run();
        return id;
    }
    void upgrade(const std::filesystem::path& file) {
        migrate(connection_, file, Sealer(testKey()));
    }
    std::int64_t provenAt(Id device) {
        Query query(connection_, "SELECT proven_at FROM device WHERE id = ?1", device);
        REQUIRE(query.next());
        return query.number(0);
    }

  private:
    static const std::filesystem::path& made(const std::filesystem::path& file) {
        std::ofstream(file).close();
        return file;
    }

    Connection connection_;
    Id last_ = 0;
};

}  // namespace

TEST_CASE_METHOD(ProvenPhone, "a delivered push is remembered with the device", "[sqlite]") {
    CHECK(provenAt() == util::fromMs(3000));
    REQUIRE(stage({event(phone, StagedEvent::Kind::NewMail, 1)}));
    CHECK(pending(phone.id).value().device_proven_at == util::fromMs(3000));
    close();
    open();
    CHECK(provenAt() == util::fromMs(3000));
}

TEST_CASE_METHOD(ProvenPhone,
                 "a push to an earlier token proves nothing, nor does one to a dead one",
                 "[sqlite]") {
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

TEST_CASE_METHOD(ProvenPhone, "another token was not delivered to yet", "[sqlite]") {
    REQUIRE(changeToken(phone.public_id, {"new", "new key", util::fromMs(4000), {}, {}}));
    CHECK_FALSE(util::isSet(provenAt()));
}

TEST_CASE_METHOD(ProvenPhone, "the same token stays proven, unless its pushes go elsewhere",
                 "[sqlite]") {
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
                 "[sqlite]") {
    settle(phone, FirstForeign{util::fromMs(1000), util::fromMs(3500)});
    CHECK(target().first_foreign_at == util::fromMs(3500));
    REQUIRE(store().registrations().registerDevice(incoming("t", "a", 4000)).renewed);
    CHECK_FALSE(util::isSet(target().first_foreign_at));
}

TEST_CASE("of an older database tokens are proven whose last push was delivered", "[sqlite]") {
    const TemporaryDirectory directory;
    const std::filesystem::path file = directory.path() / "old.db";
    OldDatabase database(file);
    const Id delivered = database.add(1000, 3000, "delivered");
    const Id foreign = database.add(1000, 3000, "token_foreign: BadDeviceToken");
    const Id never = database.add(1000, 0, "");
    const Id moved = database.add(4000, 3000, "delivered");
    const Id dead = database.add(1000, 3000, "delivered", 3500);

    database.upgrade(file);

    CHECK(database.provenAt(delivered) == 3000);
    for (const Id id : {foreign, never, moved, dead}) CHECK(database.provenAt(id) == 0);
}
