// SPDX-License-Identifier: Apache-2.0
#include "backend/mailbox_staging.h"

#include <catch2/catch.hpp>

#include "unit/backend/staging_bench.h"

using namespace postbell;
using namespace postbell::testing;
using backend::Acceptance;
using backend::MailKind;
using Change = store::MailboxChange::Kind;

namespace {

/// A mailbox of three registrations, the second one of an app that is turned off.
store::MailboxCallback mailbox(const std::string& subscription = "current") {
    store::MailboxCallback of;
    of.mailbox = 3;
    of.subscription_hash = subscription.empty() ? "" : util::sha256(subscription);
    of.served = recipients(3);
    store::App off;
    off.enabled = false;
    of.served[1].app = std::make_shared<const store::App>(off);
    return of;
}

Acceptance stage(const store::MailboxCallback& of, const backend::MailEvent& event,
                 backend::Staged& staged) {
    return backend::stageForMailbox(of, event, kNow, staged);
}

}  // namespace

TEST_CASE("mail of a managed mailbox is for each of its live registrations", "[row:MANAGED-3]") {
    backend::Staged staged;
    CHECK(stage(mailbox(), mail(MailKind::NewMail, "current"), staged) == Acceptance::Accepted);
    REQUIRE(staged.writes.events.size() == 2);
    CHECK(staged.writes.events[0].registration == 1);
    CHECK(staged.writes.events[1].registration == 3);
    CHECK(staged.writes.events[0].count == store::kUnknownCount);
    CHECK(staged.heard == std::vector<store::Heard>{{1}, {3}});
    CHECK(staged.writes.changes.empty());
}

TEST_CASE("the count of a folder of a managed mailbox is not believed to be the inbox's") {
    backend::Staged staged;
    stage(mailbox(), mail(MailKind::CountChanged, "current", 4), staged);
    stage(mailbox(), mail(MailKind::CountChanged, "current", 5, "folder"), staged);
    REQUIRE(staged.writes.events.size() == 4);
    CHECK(staged.writes.events[0].count == 4);
    CHECK(staged.writes.events[2].count == store::kUnknownCount);
}

TEST_CASE("a server's word on a managed subscription is for the gateway, once", "[row:MANAGED-9]") {
    backend::Staged staged;
    for (int i = 0; i < 3; ++i) {
        CHECK(stage(mailbox(), mail(MailKind::Renew, "current"), staged) == Acceptance::Accepted);
        CHECK(stage(mailbox(), mail(MailKind::Ended, "current"), staged) == Acceptance::Accepted);
    }
    CHECK(staged.writes.events.empty());
    REQUIRE(staged.writes.mailbox_changes.size() == 2);
    CHECK(staged.writes.mailbox_changes[0].kind == Change::RenewAsked);
    CHECK(staged.writes.mailbox_changes[1].kind == Change::Ended);
    CHECK(staged.writes.mailbox_changes[1].mailbox == 3);
}

TEST_CASE("a word without the subscription's id renews and ends no managed subscription",
          "[row:MANAGED-9]") {
    backend::Staged staged;
    for (const MailKind kind : {MailKind::Renew, MailKind::Ended})
        CHECK(stage(mailbox(), mail(kind, ""), staged) == Acceptance::Accepted);
    CHECK(stage(mailbox(), mail(MailKind::NewMail, ""), staged) == Acceptance::Accepted);
    CHECK(staged.writes.mailbox_changes.empty());
    CHECK(staged.writes.events.size() == 2);
}

TEST_CASE("a managed callback hears its own subscription only", "[row:MANAGED-10]") {
    backend::Staged staged;
    CHECK(stage(mailbox(), mail(MailKind::NewMail, "another"), staged) == Acceptance::Nobody);
    CHECK(staged.writes.events.empty());
    CHECK(staged.tally.nobody == 1);
}

TEST_CASE("before the server has named its subscription, mail is served and nothing can end") {
    backend::Staged staged;
    CHECK(stage(mailbox(""), mail(MailKind::NewMail, "current"), staged) == Acceptance::Accepted);
    CHECK(stage(mailbox(""), mail(MailKind::Ended, "older"), staged) == Acceptance::Accepted);
    CHECK(staged.writes.events.size() == 2);
    CHECK(staged.writes.mailbox_changes.empty());
}

TEST_CASE("a managed subscription that serves no registration any more is looked at, once",
          "[row:MANAGED-23]") {
    store::MailboxCallback of = mailbox();
    for (store::Recipient& r : of.served) r.device_dead_at = kNow;
    backend::Staged staged;
    for (int i = 0; i < 3; ++i)
        CHECK(stage(of, mail(MailKind::NewMail, "current"), staged) == Acceptance::Nobody);
    REQUIRE(staged.writes.mailbox_changes.size() == 1);
    CHECK(staged.writes.mailbox_changes[0].kind == Change::Idle);
}

TEST_CASE("a message of a mailbox with many registrations is bounded") {
    store::MailboxCallback of = mailbox();
    of.served = recipients(3'000);
    backend::Staged staged;
    for (int i = 0; i < 10'000; ++i) stage(of, mail(MailKind::NewMail, "current"), staged);
    CHECK(staged.writes.events.size() == 10'000);
    CHECK(staged.tally.left_out);
}
