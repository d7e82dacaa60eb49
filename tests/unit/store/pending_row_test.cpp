// SPDX-License-Identifier: Apache-2.0
// The rules of an event, without a database.
#include "store/records/pending_row.h"

#include <catch2/catch.hpp>

#include "store/records/recent_keys.h"
#include "store/records/token_state.h"

using namespace postbell;
using namespace postbell::store;
using Kind = StagedEvent::Kind;

namespace {

StagedEvent event(Kind kind, std::int32_t count = kUnknownCount, std::int64_t occurred = 0,
                  std::int64_t received = 5000) {
    StagedEvent e;
    e.kind = kind;
    e.count = count;
    e.occurred = util::fromMs(occurred);
    e.received = util::fromMs(received);
    return e;
}

}  // namespace

TEST_CASE("the count of merged events is the last one's", "[store]") {
    struct Case {
        std::int32_t held;
        std::int64_t held_at;
        std::int32_t event;
        std::int64_t event_at;
        std::int32_t merged;
    };
    const Case c = GENERATE(values<Case>({
        {3, 0, 5, 0, 5},      // no times: the last
        {3, 100, 5, 200, 5},  // newer
        {3, 200, 5, 100, 3},  // known to be older
        {3, 200, 5, 200, 5},  // the same time is not older
        {3, 0, 5, 100, 5},    // nothing known of the held one
        {3, 100, 5, 0, 5},    // nothing known of the event
        {3, 100, -1, 200, -1},
        {3, 200, -1, 100, -1},  // unknown makes unknown
        {-1, 200, 5, 100, -1},  // unknown since then
        {-1, 100, 5, 200, 5},
        {3, 100, 0, 200, 0},
        {3, 100, -7, 200, -1},  // no count is below "unknown"
    }));
    PendingRow row;
    row.merge(event(Kind::CountChanged, c.held, c.held_at), 1);
    row.merge(event(Kind::NewMail, c.event, c.event_at), 2);
    CHECK(row.count == c.merged);
}

TEST_CASE("each kind remembers the generation of its last event", "[store]") {
    PendingRow row;
    row.merge(event(Kind::NewMail, 1), 11);
    row.merge(event(Kind::CountChanged, 2), 12);
    row.merge(event(Kind::Check), 13);
    CHECK(row.new_mail_generation == 11);
    CHECK(row.mail_generation == 12);
    CHECK(row.check_generation == 13);
    CHECK(row.generation == 13);
    CHECK(row.count == 2);
}

TEST_CASE("mail waits from its first event on, whatever else is pending", "[store]") {
    PendingRow row;
    row.merge(event(Kind::Check, kUnknownCount, 900, 5000), 1);
    CHECK_FALSE(row.hasMail());
    row.merge(event(Kind::CountChanged, 4, 100, 6000), 2);
    CHECK(row.since == util::fromMs(6000));
    CHECK(row.count == 4);
    row.merge(event(Kind::NewMail, 5, 200, 7000), 3);
    CHECK(row.since == util::fromMs(6000));
}

TEST_CASE("an outcome takes what was sent and leaves what came during the flight", "[store]") {
    PendingRow row;
    row.merge(event(Kind::NewMail, 1), 11);

    SECTION("nothing came") {
        row.settleMail(11, util::fromMs(8000));
        CHECK(row.isEmpty());
    }
    SECTION("a changed count: it alone is left, no new mail, and waits from now on") {
        row.merge(event(Kind::CountChanged, 0, 0, 7000), 12);
        row.settleMail(11, util::fromMs(8000));
        CHECK(row.mail_generation == 12);
        CHECK(row.new_mail_generation == 0);
        CHECK(row.count == 0);
        CHECK(row.since == util::fromMs(8000));
    }
    SECTION("new mail: it rings") {
        row.merge(event(Kind::NewMail, 2, 0, 7000), 12);
        row.settleMail(11, util::fromMs(8000));
        CHECK(row.new_mail_generation == 12);
    }
    SECTION("a check is no mail, and mail is no check") {
        row.merge(event(Kind::Check), 12);
        PendingRow checked = row;
        row.settleMail(12, util::fromMs(8000));
        CHECK_FALSE(row.hasMail());
        CHECK(row.hasCheck());
        checked.settleCheck(12);
        CHECK(checked.new_mail_generation == 11);
        CHECK_FALSE(checked.hasCheck());
    }
    SECTION("a check that came later is asked for again") {
        row.merge(event(Kind::Check), 12);
        row.settleCheck(11);
        CHECK(row.check_generation == 12);
    }
    SECTION("an answer to an old push takes nothing from a later event") {
        row.settleMail(10, {});
        CHECK(row.new_mail_generation == 11);
        CHECK(row.since == util::fromMs(5000));
    }
}

TEST_CASE("a row that an outcome empties is known before it is settled", "[store]") {
    struct Case {
        std::int64_t mail, check;
    };
    const Case c =
        GENERATE(values<Case>({{0, 0}, {10, 0}, {11, 0}, {12, 0}, {11, 10}, {0, 11}, {0, 12}}));
    PendingRow row;
    row.mail_generation = row.new_mail_generation = c.mail;
    row.check_generation = c.check;
    PendingRow by_mail = row, by_check = row;
    by_mail.settleMail(11, {});
    by_check.settleCheck(11);
    CHECK(row.isEmptiedByMail(11) == by_mail.isEmpty());
    CHECK(row.isEmptiedByCheck(11) == by_check.isEmpty());
}

TEST_CASE("keys are remembered of the registrations that had events last", "[store]") {
    const auto key = [](const char* text) { return dedupKey(text, true); };
    RecentKeys keys(2);
    keys.add(1, key("a"));
    keys.add(2, key("b"));
    keys.add(1, key("c"));
    keys.add(3, key("d"));
    CHECK(keys.contains(1, key("a")));
    CHECK(keys.contains(1, key("c")));
    CHECK_FALSE(keys.contains(1, key("d")));
    CHECK_FALSE(keys.contains(2, key("b")));
    CHECK(keys.contains(3, key("d")));
    CHECK_FALSE(keys.contains(3, 0));
}

TEST_CASE("an answer about a token that the device no longer has changes nothing", "[store]") {
    TokenState token;
    token.token_at = util::fromMs(1000);
    CHECK_FALSE(token.apply(DeviceDead{util::fromMs(999), util::fromMs(5000)}));
    CHECK_FALSE(token.apply(First410{util::fromMs(999), util::fromMs(5000)}));
    CHECK(token.dead_at == util::WallTime());
    CHECK(token.first_410_at == util::WallTime());
    CHECK(token.apply(First410{util::fromMs(1000), util::fromMs(5000)}));
    CHECK(token.first_410_at == util::fromMs(5000));
    CHECK(token.apply(DeviceDead{util::fromMs(1000), util::fromMs(6000)}));
    CHECK(token.dead_at == util::fromMs(6000));
}

TEST_CASE("a token that was delivered to is proven until it is dead", "[store]") {
    TokenState token;
    token.token_at = util::fromMs(1000);
    const auto proof = [](std::int64_t token_at) {
        return TokenProof{7, util::fromMs(token_at), util::fromMs(3000)};
    };
    CHECK(token.apply(FirstForeign{util::fromMs(1000), util::fromMs(2000)}));
    CHECK(token.first_foreign_at == util::fromMs(2000));
    CHECK_FALSE(token.apply(proof(999)));
    CHECK(token.apply(proof(1000)));
    CHECK(token.proven_at == util::fromMs(3000));
    CHECK_FALSE(util::isSet(token.first_foreign_at));

    CHECK(token.apply(DeviceDead{util::fromMs(1000), util::fromMs(4000)}));
    CHECK_FALSE(util::isSet(token.proven_at));
    CHECK_FALSE(token.apply(proof(1000)));  // of before, and written late
}
