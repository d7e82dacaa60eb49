// SPDX-License-Identifier: Apache-2.0
#include "backend/registration_staging.h"

#include <catch2/catch.hpp>

#include "registry/nudge.h"
#include "unit/backend/staging_bench.h"

using namespace postbell;
using namespace postbell::testing;
using backend::MailKind;
using registry::Serving;
using Change = store::SubscriptionChange::Kind;

namespace {

backend::Staged staged(const backend::MailEvent& event, const store::Recipient& r = recipient(),
                       Serving serving = Serving::Reported,
                       util::Milliseconds resubscribe_after = std::chrono::minutes(30)) {
    backend::Staged all;
    backend::stageForSubscription(r, event, serving, lifeClock(resubscribe_after), 9, all);
    return all;
}

}  // namespace

TEST_CASE("an event is staged for its registration, with the version of the data read") {
    backend::MailEvent event = mail(MailKind::NewMail, "reported", 3, "inbox");
    event.dedup_key = "key";
    event.occurred = kNow - std::chrono::seconds(1);
    const backend::Staged all = staged(event);
    REQUIRE(all.writes.events.size() == 1);
    CHECK(all.writes.events[0].registration == 7);
    CHECK(all.writes.events[0].device == 8);
    CHECK(all.writes.events[0].kind == store::StagedEvent::Kind::NewMail);
    CHECK(all.writes.events[0].received == kNow);
    CHECK(all.writes.events[0].occurred == event.occurred);
    CHECK(all.writes.events[0].dedup == store::dedupKey("key", true));
    CHECK(all.writes.events[0].data_version == 9);
}

TEST_CASE("a count of the reported folder is the registration's count", "[row:BADGE-1]") {
    const backend::Staged all = staged(mail(MailKind::NewMail, "reported", 3, "inbox"));
    REQUIRE(all.writes.events.size() == 1);
    CHECK(all.writes.events[0].count == 3);
    CHECK(all.heard == std::vector<store::Heard>{{7, true}});
}

TEST_CASE("an event without a folder speaks of the inbox") {
    CHECK(staged(mail(MailKind::CountChanged, "reported", 0)).writes.events.at(0).count == 0);
}

TEST_CASE("a folder in another spelling than the reported one is the same by its canonical form",
          "[row:FOLDER-1]") {
    backend::MailEvent event = mail(MailKind::NewMail, "reported", 3, "INBOX");
    event.canonical_folder = "inbox";  // as the reported one's
    const backend::Staged all = staged(event);
    CHECK(all.writes.events.at(0).count == 3);
    CHECK(all.heard.at(0).own_folder);
}

TEST_CASE("another folder than the reported one is a sign of life, and its mail comes late",
          "[row:BADGE-11]") {
    const backend::Staged all = staged(mail(MailKind::NewMail, "reported", 3, "archive"));
    CHECK(all.writes.events.empty());
    CHECK(all.heard == std::vector<store::Heard>{{7}});
    REQUIRE(all.other_folder_mail.size() == 1);
    CHECK(all.other_folder_mail[0].reported);
    CHECK_FALSE(all.other_folder_mail[0].canonical);
    CHECK(all.other_folder_mail[0].event.count == store::kUnknownCount);
}

TEST_CASE("as long as no folder was reported, no count of a folder becomes a badge",
          "[row:BADGE-11]") {
    store::Recipient r = recipient();
    r.subscription.folder_hash.clear();
    const backend::Staged all = staged(mail(MailKind::CountChanged, "reported", 3, "inbox"), r);
    CHECK(all.writes.events.at(0).count == store::kUnknownCount);
}

TEST_CASE("an id that was never reported is served without a badge and ends nothing",
          "[row:SUBID-4][row:SUBID-7]") {
    const auto of_unreported = [](const backend::MailEvent& event) {
        return staged(event, recipient(), Serving::Unreported);
    };
    const backend::Staged all = of_unreported(mail(MailKind::NewMail, "new", 3, "inbox"));
    CHECK(all.writes.events.at(0).count == store::kUnknownCount);
    CHECK(all.heard.empty());
    for (const MailKind kind : {MailKind::Ended, MailKind::Renew, MailKind::Heard}) {
        const backend::Staged none = of_unreported(mail(kind, "new"));
        CHECK(none.writes.isEmpty());
        CHECK(none.heard.empty());
    }
}

TEST_CASE("the reported id ends its subscription, and the app is nudged, once",
          "[row:STATE-6][row:STATE-11]") {
    const backend::Staged all = staged(mail(MailKind::Ended, "reported"));
    REQUIRE(all.writes.changes.size() == 1);
    CHECK(all.writes.changes[0].kind == Change::Ended);
    REQUIRE(all.nudges_wanted.size() == 1);
    CHECK(all.nudges_wanted[0].registration == 7);
    CHECK(all.heard.empty());

    store::Recipient ended = recipient();
    ended.subscription.ended_at = kNow - util::Milliseconds(1);
    CHECK(staged(mail(MailKind::Ended, "reported"), ended).nudges_wanted.empty());
}

TEST_CASE("a server that ends a subscription may want to be left alone", "[row:STATE-17]") {
    backend::MailEvent event = mail(MailKind::Ended, "reported");
    event.retry_after = std::chrono::minutes(5);
    const backend::Staged all = staged(event);
    CHECK(all.writes.changes.at(0).quiet_until == kNow + std::chrono::minutes(5));
    CHECK(all.nudges_wanted.at(0).quiet_until == kNow + std::chrono::minutes(5));

    event.retry_after = std::chrono::weeks(1);
    CHECK(staged(event).writes.changes.at(0).quiet_until == kNow + registry::kMaxNudgePause);
}

TEST_CASE("a server that asks for renewal has the app nudged, once", "[row:STATE-11]") {
    const backend::Staged all = staged(mail(MailKind::Renew, "reported"));
    CHECK(all.writes.changes.at(0).kind == Change::RenewAsked);
    CHECK(all.nudges_wanted.size() == 1);

    store::Recipient asked = recipient();
    asked.subscription.renew_asked_at = kNow - util::Milliseconds(1);
    CHECK(staged(mail(MailKind::Renew, "reported"), asked).nudges_wanted.empty());
}

TEST_CASE("a sign of life takes an end back, where silence means something", "[row:STATE-14]") {
    store::Recipient ended = recipient();
    ended.subscription.ended_at = kNow - util::Milliseconds(1);
    CHECK(staged(mail(MailKind::Heard, "reported"), ended).writes.changes.at(0).kind ==
          Change::HeardAgain);

    const backend::Staged late = staged(mail(MailKind::NewMail, "reported"), ended,
                                        Serving::Reported, util::Milliseconds(0));
    CHECK(late.writes.events.size() == 1);
    CHECK(late.writes.changes.empty());
}

TEST_CASE("events that were lost are a changed count") {
    CHECK(staged(mail(MailKind::Lost, "reported")).writes.events.at(0).kind ==
          store::StagedEvent::Kind::CountChanged);
}

TEST_CASE("an event for no registration stages nothing") {
    const backend::Staged all =
        staged(mail(MailKind::NewMail, "reported"), recipient(), Serving::Nobody);
    CHECK(all.writes.isEmpty());
    CHECK(all.heard.empty());
}
