// SPDX-License-Identifier: Apache-2.0
// A database of before devices belonged to phones.
#include <fstream>

#include <catch2/catch.hpp>

#include "sqlite/migrations.h"
#include "sqlite/query.h"
#include "support/store_fixture.h"

using namespace postbell;
using namespace postbell::sqlite;
using namespace postbell::store;

namespace {

/// On one token two accounts of a phone and one of another; on another token one.
void makeWithSharedDevices(const std::filesystem::path& file) {
    constexpr std::size_t kSteps = 7;
    std::ofstream(file).close();
    Connection connection(file, Connection::Access::Write, 100);
    const Sealer sealer(testKey());
    migrate(connection, file, sealer, migrations().first(kSteps));
    connection.execute(
        "INSERT INTO tenant (name, hash_key) VALUES ('acme', x'00'); "
        "INSERT INTO app (tenant, name, platform, style, enabled, enabled_at, enrolment_hash) "
        "VALUES (1, 'com.example.mail', 'ios', 0, 1, 0, x'0e'); "
        "INSERT INTO device (app, token_key, token, environment, token_at, accounts) VALUES "
        "(1, x'aa', x'01', 1, 7, 3), (1, x'bb', x'02', 1, 8, 1); "
        "INSERT INTO registration (public_id, device, created_at, account_key, device_key, "
        "secret_hash, os_version, app_version) VALUES "
        "('work', 1, 1, x'01', x'10', x'00', '', ''), "
        "('home', 1, 1, x'02', x'10', x'00', '', ''), "
        "('stranger', 1, 1, x'03', x'20', x'00', '', ''), "
        "('other', 2, 1, x'04', x'10', x'00', '', ''); "
        "INSERT INTO last_count (registration, count) VALUES (1, 4), (2, 5), (3, 99000)");
    Query(connection, "INSERT INTO meta (name, value) VALUES ('key_check', ?1)",
          Blob{sealer.seal("meta.value", "key_check", "this database is sealed with this key")})
        .run();
}

}  // namespace

TEST_CASE_METHOD(StoreFixture, "a device that two phones shared becomes one for each", "[sqlite]") {
    const std::filesystem::path path = directory().path() / "old.db";
    makeWithSharedDevices(path);

    const auto store =
        openStore(StoreLock::tryAcquire(path).value(), Sealer(testKey()), clock(), log());

    Registrations& registrations = store->registrations();
    const auto read = [&](const char* id) { return registrations.findRegistration(id).value(); };
    CHECK(read("work").device == 1);
    CHECK(read("home").device == 1);
    CHECK(read("other").device == 2);
    const Id strangers = read("stranger").device;
    CHECK(strangers > 2);
    CHECK(read("work").registrations_on_device == 2);
    CHECK(read("stranger").registrations_on_device == 1);
    CHECK(store->events().badgeShares(1).size() == 2);
    CHECK(store->events().badgeShares(strangers).at(0).count == kUnknownCount);
    CHECK(store->directory().countRegistrations(1) == 4);
    CHECK(registrations.removeRegistration("stranger"));
    CHECK(store->directory().countRegistrations(1) == 3);
    CHECK(store->directory().removeApp(1, {}));
    CHECK(registrations.countRegistrations() == 0);
}
