// SPDX-License-Identifier: Apache-2.0
#include "backend/late_staging.h"

#include <catch2/catch.hpp>

#include "unit/backend/staging_bench.h"

using namespace postbell;
using namespace postbell::testing;
using backend::OtherFolderMail;
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

/// A message that names another folder.
Staged ofOtherFolder(bool canonical = false) {
    OtherFolderMail mail;
    mail.event.registration = kId;
    mail.canonical = canonical;
    mail.reported = true;
    Staged all;
    all.other_folder_mail.push_back(mail);
    return all;
}

/// A message that wants the app nudged.
Staged nudge(util::WallTime quiet_until = {}) {
    Staged all;
    all.nudges_wanted.push_back({kId, quiet_until});
    return all;
}

Staged staged(Staged all, const std::optional<store::Registration>& known) {
    if (all.heard.empty()) all.heard = {{kId}};
    backend::stageLate(
        all, [&](store::Id) { return known; }, kNow);
    CHECK(all.other_folder_mail.empty());
    CHECK(all.nudges_wanted.empty());
    return all;
}

}  // namespace

TEST_CASE("another folder rings while it may be the inbox in another spelling", "[row:FOLDER-2]") {
    const Staged all = staged(ofOtherFolder(), registration());
    REQUIRE(all.writes.events.size() == 1);
    CHECK(all.writes.events[0].count == store::kUnknownCount);
    CHECK(all.writes.changes.at(0).kind == Change::OtherFolder);
    CHECK(all.tally.other_folders == 1);
}

TEST_CASE("a registration that hears of other folders alone is marked once", "[row:FOLDER-3]") {
    store::Registration r = registration();
    r.folder.other_heard_at = kNow - 1min;
    const Staged all = staged(ofOtherFolder(), r);
    CHECK(all.writes.events.size() == 1);
    CHECK(all.writes.changes.empty());
}

TEST_CASE("another folder is silent once the own one was heard of in its spelling",
          "[row:FOLDER-2][row:BADGE-11]") {
    store::Registration r = registration();
    SECTION("before") {
        r.seen.own_folder_at = kNow - 1min;
        CHECK(staged(ofOtherFolder(), r).writes.isEmpty());
    }
    SECTION("but not before the folder was reported") {
        r.seen.own_folder_at = kNow - 2h;
        CHECK(staged(ofOtherFolder(), r).writes.events.size() == 1);
    }
    SECTION("in the same message") {
        Staged all = ofOtherFolder();
        all.heard = {{kId}, {kId, true}};
        CHECK(staged(std::move(all), r).writes.isEmpty());
    }
}

TEST_CASE("another folder that is surely not the reported one is silent, and marked",
          "[row:FOLDER-3]") {
    store::Registration r = registration();
    r.folder.canonical = true;
    const Staged all = staged(ofOtherFolder(true), r);
    CHECK(all.writes.events.empty());
    CHECK(all.writes.changes.size() == 1);
    CHECK(all.tally.other_folders == 1);
    CHECK(staged(ofOtherFolder(false), r).writes.events.size() == 1);
}

TEST_CASE("an app is nudged, and not again at once", "[row:STATE-16]") {
    store::Registration r = registration();
    const Staged first = staged(nudge(), r);
    CHECK(first.writes.events.size() == 1);
    CHECK(first.writes.events.at(0).kind == store::StagedEvent::Kind::Check);
    CHECK(first.writes.events.at(0).nudges == 1);

    r.seen.nudged_at = kNow - 1s;
    r.seen.nudges = 1;
    const Staged second = staged(nudge(), r);
    CHECK(second.writes.events.empty());
}

TEST_CASE("an app is not nudged while the mail server wants to be left alone", "[row:STATE-17]") {
    CHECK(staged(nudge(kNow + 5min), registration()).writes.events.empty());
    store::Registration earlier = registration();
    earlier.quiet_until = kNow + 1min;
    CHECK(staged(nudge(), earlier).writes.events.empty());
}

TEST_CASE("a late event of a registration that is gone is nothing", "[backend]") {
    CHECK(staged(nudge(), std::nullopt).writes.isEmpty());
}

TEST_CASE("a registration is read, marked and nudged once, however many events are for it",
          "[backend]") {
    Staged all;
    all.heard = {{kId}, {kId + 1, true}};
    for (int i = 0; i < 4'000; ++i) {
        OtherFolderMail mail = ofOtherFolder().other_folder_mail.front();
        mail.event.registration = kId + i % 2;
        all.other_folder_mail.push_back(mail);
        all.nudges_wanted.push_back({kId, {}});
    }
    int reads = 0;

    backend::stageLate(
        all,
        [&](store::Id) {
            ++reads;
            return registration();
        },
        kNow);

    CHECK(reads == 1);
    CHECK(all.tally.other_folders == 2'000);
    CHECK(all.writes.changes.size() == 1);
    CHECK(all.writes.events.size() == 2'001);
}
