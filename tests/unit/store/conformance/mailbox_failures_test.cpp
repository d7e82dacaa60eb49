// SPDX-License-Identifier: Apache-2.0
// Failures of mailboxes whose subscription the gateway holds itself.
#include <catch2/catch.hpp>

#include "managed_fixture.h"

using namespace postbell;
using namespace postbell::store;
namespace util = postbell::util;
using Managed = ManagedFixture;

TEST_CASE_METHOD(Managed, "a failure is kept, with what the server asked for", "[store]") {
    const Registration r = managed("a", "mailbox 1");
    subscribe(mailboxOf(r), "subscription 1");
    const auto subscribed = [&] {
        return store().registrations().findRegistration(r.id)->mailbox_state.subscribed;
    };
    CHECK(subscribed());
    REQUIRE(stage({}, {}, {{mailboxOf(r).id, MailboxChange::Kind::Ended, util::fromMs(77)}}));
    CHECK_FALSE(subscribed());
    CHECK(store().mailboxes().countMailboxes().at(0).subscribed == 0);
    ManagedMailbox m = mailboxOf(r);
    m.attempts = 1;
    m.failed_at = util::fromMs(80);
    m.refused = true;
    m.problem = "no";
    m.due_at = util::fromMs(90);
    store().mailboxes().saveMailbox(m);
    const Registration now = store().registrations().findRegistration(r.id).value();
    CHECK(now.mailbox_state.problem == "no");
    CHECK(now.mailbox_state.refused);
    CHECK(mailboxOf(r).ended_at == util::fromMs(77));
}

TEST_CASE_METHOD(Managed, "due mailboxes fail with their instance, and others do not",
                 "[store][row:MANAGED-39]") {
    const Registration due = managed("a", "mailbox 1");
    const Registration later = managed("b", "mailbox 2");
    subscribe(mailboxOf(later), "subscription 1");
    const Registration failing = managed("c", "mailbox 3");
    ManagedMailbox m = mailboxOf(failing);
    m.failed_at = util::fromMs(20);
    m.problem = "no such mailbox";
    m.due_at = util::fromMs(30);
    store().mailboxes().saveMailbox(m);

    store().mailboxes().failDueMailboxes("another", "no", util::fromMs(60));
    CHECK(mailboxOf(due).problem.empty());
    store().mailboxes().failDueMailboxes("office365", "no", util::fromMs(60));
    CHECK(mailboxOf(due).failed_at == util::fromMs(60));
    CHECK(mailboxOf(due).problem == "no");
    CHECK(mailboxOf(due).due_at == util::WallTime());
    CHECK(mailboxOf(later).failed_at == util::WallTime());
    CHECK(mailboxOf(failing).failed_at == util::fromMs(20));
    CHECK(mailboxOf(failing).problem == "no such mailbox");
}

TEST_CASE_METHOD(Managed, "due mailboxes that never failed themselves fail no longer than told",
                 "[store][row:MANAGED-39]") {
    const Registration waiting = managed("a", "mailbox 1");
    const auto failing = [&](const char* token, const char* mailbox, auto change) {
        const Registration r = managed(token, mailbox);
        ManagedMailbox m = mailboxOf(r);
        m.failed_at = util::fromMs(20);
        m.problem = "its own";
        m.due_at = util::fromMs(30);
        change(m);
        store().mailboxes().saveMailbox(m);
        return r;
    };
    const Registration tried = failing("b", "mailbox 2", [](ManagedMailbox& m) { m.attempts = 1; });
    const Registration refused =
        failing("c", "mailbox 3", [](ManagedMailbox& m) { m.refused = true; });
    const Registration later =
        failing("d", "mailbox 4", [](ManagedMailbox& m) { m.due_at = util::fromMs(90); });
    store().mailboxes().failDueMailboxes("office365", "no", util::fromMs(60));

    store().mailboxes().clearDueFailures("another", util::fromMs(60));
    CHECK(mailboxOf(waiting).problem == "no");
    store().mailboxes().clearDueFailures("office365", util::fromMs(60));
    CHECK(mailboxOf(waiting).failed_at == util::WallTime());
    CHECK(mailboxOf(waiting).problem.empty());
    for (const Registration* r : {&tried, &refused, &later}) {
        CHECK(mailboxOf(*r).failed_at == util::fromMs(20));
        CHECK(mailboxOf(*r).problem == "its own");
    }
}

TEST_CASE_METHOD(Managed, "a failure of a clock that was ahead begins anew once it is right",
                 "[store]") {
    const Registration r = managed("a", "mailbox 1");
    ManagedMailbox m = mailboxOf(r);
    m.failed_at = util::fromMs(1'000'000);
    m.problem = "no";
    m.due_at = util::fromMs(30);
    store().mailboxes().saveMailbox(m);

    SECTION("with its instance's failure") {
        store().mailboxes().failDueMailboxes("office365", "no login", util::fromMs(60));
    }
    SECTION("with its instance's end") {
        store().mailboxes().abandonMailboxes("office365", "no login", util::fromMs(60));
    }

    CHECK(mailboxOf(r).failed_at == util::fromMs(60));
    CHECK(mailboxOf(r).problem == "no login");
}

TEST_CASE_METHOD(Managed, "an instance that manages nothing any more leaves its mailboxes to apps",
                 "[store][row:MANAGED-31]") {
    const Registration r = managed("a", "mailbox 1");
    subscribe(mailboxOf(r), "subscription 1");
    store().mailboxes().abandonMailboxes("another", "no", util::fromMs(60));
    CHECK(store().registrations().findRegistration(r.id)->mailbox_state.subscribed);
    store().mailboxes().abandonMailboxes("office365", "no", util::fromMs(60));
    const Registration now = store().registrations().findRegistration(r.id).value();
    CHECK_FALSE(now.mailbox_state.subscribed);
    CHECK(now.mailbox_state.failed_at == util::fromMs(60));
    CHECK(now.mailbox_state.problem == "no");
    CHECK(due() == 1);  // for the day when it manages again
    REQUIRE(store().registrations().removeRegistration(r.public_id));
    store().mailboxes().abandonMailboxes("office365", "no", util::fromMs(60));
    CHECK_FALSE(store().mailboxes().findMailbox(r.mailbox_state.id));
}
