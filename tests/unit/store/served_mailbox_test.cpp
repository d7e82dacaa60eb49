// SPDX-License-Identifier: Apache-2.0
#include "store/rules/served_mailbox.h"

#include <catch2/catch.hpp>

using namespace postbell;
using namespace postbell::store;

namespace {

/// A task that began with every signal.
ManagedMailbox task() {
    ManagedMailbox m;
    m.due_at = util::fromMs(900);
    m.ended_at = util::fromMs(10);
    m.renew_asked_at = util::fromMs(20);
    m.note = "a code";
    m.wake_count = 3;
    return m;
}

MailboxSignals unchanged() {
    return {"key", util::fromMs(10), util::fromMs(20), "a code", 3};
}

}  // namespace

TEST_CASE("a task that succeeds has dealt with the signals that it began with", "[store]") {
    const MailboxTaskRow row = taskRow(task(), unchanged());
    CHECK(row.due_at == util::fromMs(900));
    CHECK_FALSE(util::isSet(row.ended_at));
    CHECK_FALSE(util::isSet(row.renew_asked_at));
    CHECK(row.note.empty());
}

TEST_CASE("signals that came during a task stay, and make the mailbox due at once", "[store]") {
    const MailboxTaskRow row =
        taskRow(task(), {"key", util::fromMs(11), util::fromMs(21), "a second code", 4});
    CHECK_FALSE(util::isSet(row.due_at));
    CHECK(row.ended_at == util::fromMs(11));
    CHECK(row.renew_asked_at == util::fromMs(21));
    CHECK(row.note == "a second code");
}

TEST_CASE("a task that fails leaves every signal", "[store]") {
    ManagedMailbox failed = task();
    failed.failed_at = util::fromMs(800);
    failed.problem = "refused";
    failed.attempts = 2;
    const MailboxTaskRow row = taskRow(failed, unchanged());
    CHECK(row.due_at == util::fromMs(900));
    CHECK(row.ended_at == util::fromMs(10));
    CHECK(row.renew_asked_at == util::fromMs(20));
    CHECK(row.note == "a code");
    CHECK(row.problem == "refused");
    CHECK(row.attempts == 2);
}
