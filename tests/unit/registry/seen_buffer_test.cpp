// SPDX-License-Identifier: Apache-2.0
#include "registry/seen_buffer.h"

#include <catch2/catch.hpp>

#include "unit/store/store_fixture.h"

using namespace postbell;
using registry::SeenBuffer;
using store::Registration;
using store::StoreFixture;

namespace {

Registration read(StoreFixture& fixture, const SeenBuffer& seen, store::Id id) {
    Registration r = fixture.store().findRegistration(id).value();
    seen.bringUpToDate(r);
    return r;
}

/// Commits what was handed over; the second returns when the first's sinks were called.
void commit(StoreFixture& fixture) {
    fixture.store().flush();
    fixture.store().flush();
}

}  // namespace

TEST_CASE_METHOD(StoreFixture, "what was seen is readable at all times until it is written",
                 "[registry]") {
    const Registration r = registered("t", "a");
    SeenBuffer seen(store());
    seen.pushed(r.id, 5000, "delivered");
    seen.nudged(r.id, 6000);

    // The store writes what is seen a second later.
    for (int flushes = 0; flushes < 4; ++flushes) {
        CHECK(read(*this, seen, r.id).seen.push_at == 5000);
        CHECK(read(*this, seen, r.id).seen.nudged_at == 6000);
        seen.flush(100);
    }
    commit(*this);
    for (int flushes = 0; flushes < 3; ++flushes) {
        seen.flush(100);
        CHECK(read(*this, seen, r.id).seen.outcome == "delivered");
    }
    CHECK(store().findRegistration(r.id).value().seen.nudged_at == 6000);
}

TEST_CASE_METHOD(StoreFixture, "who read the store before a commit misses nothing after it",
                 "[registry]") {
    const Registration r = registered("t", "a");
    SeenBuffer seen(store());
    seen.nudged(r.id, 6000);
    seen.flush(100);

    Registration read_before = store().findRegistration(r.id).value();
    commit(*this);
    seen.flush(100);
    seen.bringUpToDate(read_before);

    CHECK(read_before.seen.nudged_at == 6000);
}

TEST_CASE_METHOD(StoreFixture, "what is seen while a row is being written is written after it",
                 "[registry]") {
    const Registration r = registered("t", "a");
    SeenBuffer seen(store());
    seen.pushed(r.id, 5000, "retry");
    seen.flush(100);
    seen.pushed(r.id, 6000, "delivered");
    seen.flush(100);
    CHECK(read(*this, seen, r.id).seen.push_at == 6000);

    commit(*this);
    CHECK(store().findRegistration(r.id).value().seen.push_at == 5000);
    seen.flush(100);
    CHECK(read(*this, seen, r.id).seen.push_at == 6000);
    commit(*this);

    CHECK(store().findRegistration(r.id).value().seen.push_at == 6000);
    CHECK(store().findRegistration(r.id).value().seen.outcome == "delivered");
}

TEST_CASE_METHOD(StoreFixture, "at the end everything is handed over", "[registry]") {
    const Registration one = registered("t", "a"), two = registered("u", "b");
    SeenBuffer seen(store());
    seen.pushed(one.id, 5000, "retry");
    seen.flush(100);
    seen.pushed(one.id, 6000, "delivered");
    seen.heard(two.id, 7000, true);

    seen.flushAll();
    commit(*this);

    CHECK(store().findRegistration(one.id).value().seen.push_at == 6000);
    CHECK(store().findRegistration(two.id).value().seen.event_at == 7000);
}
