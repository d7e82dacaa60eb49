// SPDX-License-Identifier: Apache-2.0
#include "backend/late_staging.h"

#include <catch2/catch.hpp>

#include "unit/backend/staging_bench.h"

using namespace postbell;
using namespace postbell::testing;
using backend::Staged;
using Change = store::SubscriptionChange::Kind;
using namespace std::chrono_literals;

namespace {

constexpr store::Id kId = 7;

store::Registration registration() {
    store::Registration r;
    static_cast<store::Recipient&>(r) = recipient(kId);
    r.folder.reported_at = kNow - 1h;
    return r;
}

Staged::Late ofOtherFolder(bool canonical = false) {
    Staged::Late late;
    late.event.registration = kId;
    late.of_other_folder = true;
    late.canonical = canonical;
    late.reported = true;
    return late;
}

Staged::Late check(util::WallTime quiet_until = {}) {
    Staged::Late late;
    late.event.registration = kId;
    late.event.kind = store::StagedEvent::Kind::Check;
    late.quiet_until = quiet_until;
    return late;
}

Staged staged(Staged::Late late, const std::optional<store::Registration>& known) {
    Staged all;
    all.heard = {{kId}};
    all.late.push_back(std::move(late));
    backend::stageLate(
        all, [&](store::Id) { return known; }, kNow);
    CHECK(all.late.empty());
    return all;
}

}  // namespace

TEST_CASE("another folder rings while it may be the inbox in another spelling", "[row:FOLDER-2]") {
    const Staged all = staged(ofOtherFolder(), registration());
    REQUIRE(all.events.size() == 1);
    CHECK(all.events[0].count == store::kUnknownCount);
    CHECK(all.changes.at(0).kind == Change::OtherFolder);
    CHECK(all.other_folders == 1);
}

TEST_CASE("a registration that hears of other folders alone is marked once", "[row:FOLDER-3]") {
    store::Registration r = registration();
    r.folder.other_heard_at = kNow - 1min;
    const Staged all = staged(ofOtherFolder(), r);
    CHECK(all.events.size() == 1);
    CHECK(all.changes.empty());
}

TEST_CASE("another folder is silent once the own one was heard of in its spelling",
          "[row:FOLDER-2][row:BADGE-11]") {
    store::Registration r = registration();
    SECTION("before") {
        r.seen.own_folder_at = kNow - 1min;
        CHECK_FALSE(staged(ofOtherFolder(), r).needsCommit());
    }
    SECTION("but not before the folder was reported") {
        r.seen.own_folder_at = kNow - 2h;
        CHECK(staged(ofOtherFolder(), r).events.size() == 1);
    }
    SECTION("in the same message") {
        Staged all;
        all.heard = {{kId}, {kId, true}};
        all.late.push_back(ofOtherFolder());
        backend::stageLate(
            all, [&](store::Id) { return r; }, kNow);
        CHECK_FALSE(all.needsCommit());
    }
}

TEST_CASE("another folder that is surely not the reported one is silent, and marked",
          "[row:FOLDER-3]") {
    store::Registration r = registration();
    r.folder.canonical = true;
    const Staged all = staged(ofOtherFolder(true), r);
    CHECK(all.events.empty());
    CHECK(all.changes.size() == 1);
    CHECK(all.other_folders == 1);
    CHECK(staged(ofOtherFolder(false), r).events.size() == 1);
}

TEST_CASE("an app is asked to check its registration, and not again at once", "[row:STATE-16]") {
    store::Registration r = registration();
    const Staged first = staged(check(), r);
    CHECK(first.events.size() == 1);
    CHECK(first.nudged == std::vector<Staged::Nudged>{{kId, 1}});

    r.seen.nudged_at = kNow - 1s;
    r.seen.nudges = 1;
    const Staged second = staged(check(), r);
    CHECK(second.events.empty());
    CHECK(second.nudged.empty());
}

TEST_CASE("an app is not asked while the mail server wants to be left alone", "[row:STATE-17]") {
    CHECK(staged(check(kNow + 5min), registration()).events.empty());
    store::Registration earlier = registration();
    earlier.quiet_until = kNow + 1min;
    CHECK(staged(check(), earlier).events.empty());
}

TEST_CASE("a late event of a registration that is gone is nothing", "[backend]") {
    CHECK_FALSE(staged(check(), std::nullopt).needsCommit());
}
