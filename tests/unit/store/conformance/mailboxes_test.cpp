// SPDX-License-Identifier: Apache-2.0
// Mailboxes whose subscription the gateway holds itself.
#include <catch2/catch.hpp>

#include <algorithm>
#include <vector>

#include "managed_fixture.h"

using namespace postbell;
using namespace postbell::store;
namespace util = postbell::util;
using Managed = ManagedFixture;

TEST_CASE_METHOD(Managed, "registrations of one mailbox share it, and it is due at once",
                 "[store][row:MANAGED-3]") {
    const Registration first = managed("a", "mailbox 1");
    const Registration second = managed("b", "mailbox 1");
    const Registration other = managed("c", "mailbox 2");
    CHECK(first.mailbox_state.id != 0);
    CHECK(first.mailbox_state.instance == "office365");
    CHECK_FALSE(first.mailbox_state.subscribed);
    CHECK(first.mailbox_state.id == second.mailbox_state.id);
    CHECK(first.mailbox_state.id != other.mailbox_state.id);
    CHECK(due() == 2);
    CHECK(store().mailboxes().dueMailboxes("another", util::fromMs(1), 10).empty());
    const ManagedMailbox m = mailboxOf(first);
    CHECK(m.mailbox == "mailbox 1");
    CHECK(m.registrations == 2);
    CHECK(m.live == 2);
}

TEST_CASE_METHOD(Managed, "what was subscribed comes back after a restart, and is not due",
                 "[store][row:MANAGED-22]") {
    const Registration r = managed("a", "mailbox 1");
    subscribe(mailboxOf(r), "subscription 1");
    close();
    open();
    CHECK(due() == 0);
    CHECK(due(50'000) == 1);
    CHECK(mailboxOf(r).subscription == "subscription 1");
    CHECK(store().registrations().findRegistration(r.id)->mailbox_state.subscribed);
}

TEST_CASE_METHOD(Managed, "a new subscription sends the counts of all that it serves",
                 "[store][row:MANAGED-10]") {
    const Registration a = managed("a", "mailbox 1");
    const Registration b = managed("b", "mailbox 1");
    takeRows();
    subscribe(mailboxOf(a), "subscription 1");
    CHECK(takeRows().size() == 2);
    renew(mailboxOf(a), "subscription 1");
    CHECK(takeRows().empty());
    SECTION("and who joins it later hears at once") {
        const Registration c = managed("c", "mailbox 1");
        REQUIRE(takeRows().size() == 1);
        CHECK(pending(c.id)->count == kUnknownCount);
    }
}

TEST_CASE_METHOD(Managed, "a callback leads to every registration of the mailbox", "[store]") {
    const Registration a = managed("a", "mailbox 1");
    const Registration b = managed("b", "mailbox 1");
    const ManagedMailbox m = mailboxOf(a);
    REQUIRE(
        store().mailboxes().setMailboxCallback(m.id, util::sha256("token"), util::sha256("proof")));
    const auto found = store().events().findCallback(util::sha256("token"));
    REQUIRE(found);
    CHECK(found->proof_hash == util::sha256("proof"));
    const auto of = std::get<MailboxCallback>(found->of);
    CHECK(of.mailbox == m.id);
    CHECK(of.subscription_hash.empty());
    REQUIRE(of.served.size() == 2);
    CHECK(of.served[0].id == a.id);
    CHECK(of.served[1].id == b.id);

    subscribe(mailboxOf(a), "subscription 1");
    const Callback subscribed = store().events().findCallback(util::sha256("token")).value();
    CHECK(std::get<MailboxCallback>(subscribed.of).subscription_hash ==
          util::sha256("subscription 1"));
    REQUIRE(
        store().mailboxes().setMailboxCallback(m.id, util::sha256("next"), util::sha256("proof")));
    CHECK_FALSE(store().events().findCallback(util::sha256("token")));
    CHECK(mailboxOf(a).subscription.empty());
}

TEST_CASE_METHOD(Managed, "what happens while a task is under way is not overwritten by its end",
                 "[store][row:MANAGED-9]") {
    const Registration r = managed("a", "mailbox 1");
    subscribe(mailboxOf(r), "subscription 1");
    const ManagedMailbox begun = mailboxOf(r);
    REQUIRE(stage({}, {}, {{begun.id, MailboxChange::Kind::RenewAsked, util::fromMs(77)}}));
    renew(begun, "subscription 1");
    CHECK(due() == 1);
    CHECK(mailboxOf(r).renew_asked_at == util::fromMs(77));
    renew(mailboxOf(r), "subscription 1");
    CHECK(due() == 0);
    CHECK(mailboxOf(r).renew_asked_at == util::WallTime());
}

TEST_CASE_METHOD(Managed, "a note is durable until the task that it opened has succeeded",
                 "[store][row:MANAGED-32]") {
    const Registration r = managed("a", "mailbox 1");
    subscribe(mailboxOf(r), "subscription 1");
    REQUIRE(stage({}, {},
                  {{r.mailbox_state.id, MailboxChange::Kind::Noted, util::fromMs(20), "code"}}));
    CHECK(due() == 1);
    close();
    open();
    ManagedMailbox m = mailboxOf(r);
    CHECK(m.note == "code");
    m.failed_at = util::fromMs(30);
    store().mailboxes().saveMailbox(m);
    CHECK(mailboxOf(r).note == "code");
    m = mailboxOf(r);
    m.failed_at = {};
    SECTION("and then gone") {
        store().mailboxes().saveMailbox(m);
        CHECK(mailboxOf(r).note.empty());
    }
    SECTION("but one that came meanwhile stays") {
        REQUIRE(
            stage({}, {},
                  {{r.mailbox_state.id, MailboxChange::Kind::Noted, util::fromMs(35), "another"}}));
        store().mailboxes().saveMailbox(m);
        CHECK(mailboxOf(r).note == "another");
    }
    SECTION("and no new subscription knows of it") {
        REQUIRE(store().mailboxes().setMailboxCallback(m.id, util::sha256("token"),
                                                       util::sha256("proof")));
        CHECK(mailboxOf(r).note.empty());
    }
}

TEST_CASE_METHOD(Managed, "the last registration that goes leaves something to be done",
                 "[store][row:MANAGED-3]") {
    const Registration a = managed("a", "mailbox 1");
    const Registration b = managed("b", "mailbox 1");
    subscribe(mailboxOf(a), "subscription 1");
    const Id id = a.mailbox_state.id;
    REQUIRE(store().registrations().removeRegistration(a.public_id));
    CHECK(due() == 1);
    CHECK(store().mailboxes().findMailbox(id)->live == 1);
    REQUIRE(store().registrations().removeRegistration(b.public_id));
    CHECK(store().mailboxes().findMailbox(id)->registrations == 0);
    CHECK(store().mailboxes().findMailbox(id)->subscription == "subscription 1");
    store().mailboxes().removeMailbox(id);
    CHECK_FALSE(store().mailboxes().findMailbox(id));
}

TEST_CASE_METHOD(Managed, "a mailbox with registrations is not removed", "[store]") {
    const Registration r = managed("a", "mailbox 1");
    store().mailboxes().removeMailbox(r.mailbox_state.id);
    CHECK(store().mailboxes().findMailbox(r.mailbox_state.id));
}

TEST_CASE_METHOD(Managed, "an app that is turned off has no live registrations",
                 "[store][row:MANAGED-23]") {
    const Registration r = managed("a", "mailbox 1");
    subscribe(mailboxOf(r), "subscription 1");
    store().directory().setAppEnabled(app(), false, util::fromMs(20));
    CHECK(due() == 1);
    CHECK(mailboxOf(r).live == 0);
    CHECK(mailboxOf(r).registrations == 1);
    renew(mailboxOf(r), "");
    store().directory().setAppEnabled(app(), true, util::fromMs(30));
    CHECK(due() == 1);
    CHECK(mailboxOf(r).live == 1);
}

TEST_CASE_METHOD(Managed, "a report makes the subscription the app's own, a grant the gateway's",
                 "[store][row:MANAGED-24]") {
    const Registration r = managed("a", "mailbox 1");
    subscribe(mailboxOf(r), "subscription 1");
    Report report;
    report.instance = "office365";
    report.id_hash = util::sha256("its own");
    report.now = util::fromMs(40);
    REQUIRE(store().registrations().report(r.public_id, report) == ReportResult::Accepted);
    CHECK(store().registrations().findRegistration(r.id)->mailbox_state.id == 0);
    CHECK(due() == 1);

    const Registration again = managed("a", "mailbox 1");
    CHECK(again.id == r.id);
    CHECK(again.mailbox_state.id != 0);
    CHECK(again.subscription.id_hash.empty());
    CHECK(again.subscription.retired == util::sha256("its own"));
    CHECK(store().registrations().report(r.public_id, report) == ReportResult::Replaced);
}

TEST_CASE_METHOD(Managed, "a registration that proves another mailbox leaves the one before",
                 "[store]") {
    const Registration r = managed("a", "mailbox 1");
    subscribe(mailboxOf(r), "subscription 1");
    const Registration moved = managed("a", "mailbox 2");
    CHECK(moved.id == r.id);
    CHECK(moved.mailbox_state.id != r.mailbox_state.id);
    CHECK(store().mailboxes().findMailbox(r.mailbox_state.id)->registrations == 0);
    CHECK(due() == 2);
}

TEST_CASE_METHOD(Managed, "mailboxes whose times come of a clock that was ahead are woken",
                 "[store][row:MANAGED-35]") {
    const auto hour = [](std::int64_t hours) { return util::fromMs(hours * 3'600'000); };
    const auto put = [&](const char* token, util::WallTime expires, util::WallTime renew,
                         util::WallTime due) {
        const Registration r = managed(token, token, token);
        ManagedMailbox m = mailboxOf(r);
        m.subscription = token;
        m.expires_at = expires;
        m.renew_at = renew;
        m.due_at = due;
        store().mailboxes().saveMailbox(m);
        return m.id;
    };
    const Id ahead = put("ahead", hour(1500), hour(1450), hour(1450));
    const Id ahead_by_hours = put("ahead by hours", hour(1030), hour(1024), hour(1024));
    const Id paused = put("paused", hour(1100), hour(1050), hour(1200));
    const Id endless = put("endless", {}, hour(1200), hour(1200));
    put("right", hour(1100), hour(1020), hour(1020));
    put("failing", hour(1050), hour(990), hour(1010));
    put("asleep", {}, hour(1024), hour(1024));
    store().mailboxes().wakeMisdatedMailboxes("another", hour(1000));
    CHECK(store().mailboxes().dueMailboxes("office365", hour(1000), 10).empty());
    store().mailboxes().wakeMisdatedMailboxes("office365", hour(1000));
    std::vector<Id> woken;
    for (const ManagedMailbox& m : store().mailboxes().dueMailboxes("office365", hour(1000), 10))
        woken.push_back(m.id);
    std::sort(woken.begin(), woken.end());
    CHECK(woken == std::vector<Id>{ahead, ahead_by_hours, paused, endless});
}
