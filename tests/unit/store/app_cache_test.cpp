// SPDX-License-Identifier: Apache-2.0
#include "store/desk/app_cache.h"

#include <catch2/catch.hpp>

#include "store/desk/row_completer.h"
#include "support/fake_clock.h"

using namespace postbell;
using namespace postbell::store;

namespace {

/// App 1 is there; no other is.
struct Rig {
    int reads = 0;
    bool enabled = true;
    std::function<void()> meanwhile;
    AppCache apps{[this](Id id) -> std::optional<App> {
        ++reads;
        if (id != 1) return std::nullopt;
        App app;
        app.id = id;
        app.enabled = enabled;
        if (meanwhile) meanwhile();
        return app;
    }};
};

}  // namespace

TEST_CASE("an app is read once, until apps have changed", "[store]") {
    Rig rig;
    CHECK(rig.apps.find(1)->enabled);
    CHECK(rig.apps.find(1)->enabled);
    CHECK(rig.reads == 1);

    rig.enabled = false;
    rig.apps.changed();
    CHECK_FALSE(rig.apps.find(1)->enabled);
    CHECK(rig.apps.find(2) == nullptr);
}

TEST_CASE("an app that changes while it is read is read again", "[store]") {
    Rig rig;
    rig.meanwhile = [&] { rig.apps.changed(); };
    rig.apps.find(1);
    rig.meanwhile = {};
    rig.apps.find(1);
    CHECK(rig.reads == 2);
}

TEST_CASE("a row is completed with its app and the ledger's news, or left out without an app",
          "[store]") {
    Rig rig;
    SeenLedger seen;
    const testing::FakeClock clock(1'000'000);
    log::Log log({});
    UnopenedRows set_aside(log);
    const RowCompleter completer(rig.apps, seen, set_aside, clock);
    seen.heard({7}, util::fromMs(500));
    RegistrationRow row;
    row.id = 7;
    row.app_id = 1;
    RegistrationRow orphan;
    orphan.app_id = 2;

    const auto complete = completer.complete(std::vector<RegistrationRow>{row, orphan});

    REQUIRE(complete.size() == 1);
    CHECK(complete[0].app->id == 1);
    CHECK(complete[0].seen.heard_at == util::fromMs(500));
}
