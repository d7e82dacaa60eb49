// SPDX-License-Identifier: Apache-2.0
#include "dispatch/queue/waiting.h"

#include <catch2/catch.hpp>

using namespace postbell;
using namespace postbell::dispatch;

namespace {

constexpr util::Milliseconds kQuiet{2'000};

store::Pending row(std::int64_t generation, std::int64_t mail, std::int64_t new_mail,
                   std::int64_t check = 0) {
    store::Pending p;
    p.registration = 1;
    p.device = 2;
    p.generation = generation;
    p.mail_generation = mail;
    p.new_mail_generation = new_mail;
    p.check_generation = check;
    p.since = util::fromMs(1'000);
    return p;
}

}  // namespace

TEST_CASE(
    "new mail is due at once, a changed count after the quiet delay, a check after the mail") {
    CHECK(Waiting(row(5, 5, 5)).due(kQuiet, util::fromMs(9'000)) == util::fromMs(1'000));
    CHECK(Waiting(row(5, 5, 0)).due(kQuiet, util::fromMs(9'000)) == util::fromMs(3'000));
    CHECK(Waiting(row(5, 0, 0, 5)).due(kQuiet, util::fromMs(9'000)) == util::fromMs(9'000));
    CHECK(Waiting(row(6, 5, 5, 6)).nextPart() == Part::Mail);
    CHECK(Waiting(row(6, 0, 0, 6)).nextPart() == Part::Check);
}

TEST_CASE("what came during a delivered flight keeps its own kind", "[row:MERGE-7]") {
    Waiting waiting(row(5, 5, 5));
    waiting.merge(row(6, 6, 5));  // mail was read while the push for new mail was in flight
    waiting.settle(Part::Mail, 5, util::fromMs(4'000));
    CHECK(waiting.hasMail());
    CHECK(waiting.row().new_mail_generation == 0);
    CHECK(waiting.row().since == util::fromMs(4'000));
}

TEST_CASE("a row that was merged before the settlement was durable does not ring twice",
          "[row:MERGE-7]") {
    Waiting waiting(row(5, 5, 5));
    waiting.settle(Part::Mail, 5, util::fromMs(4'000));
    CHECK_FALSE(waiting.hasMail());
    CHECK_FALSE(waiting.done());  // the settlement is under way
    waiting.merge(row(6, 6, 5));  // the store did not know of it yet
    CHECK(waiting.hasMail());
    CHECK(waiting.row().new_mail_generation == 0);
    waiting.confirmSettled(Part::Mail, 5);
    waiting.settle(Part::Mail, 6, util::fromMs(5'000));
    waiting.confirmSettled(Part::Mail, 6);
    CHECK(waiting.done());
}

TEST_CASE("a count that comes before the settlement is durable has its quiet delay",
          "[row:MERGE-7]") {
    Waiting waiting(row(5, 5, 5));
    waiting.settle(Part::Mail, 5, util::fromMs(4'000));
    waiting.merge(row(6, 6, 5));  // since the first mail, as the store has it yet
    CHECK(waiting.due(kQuiet, util::fromMs(5'000)) == util::fromMs(4'000) + kQuiet);
}

TEST_CASE("a retried flight keeps what came meanwhile merged", "[row:MERGE-8]") {
    Waiting waiting(row(5, 5, 5));
    waiting.merge(row(6, 6, 5));
    CHECK(waiting.row().new_mail_generation == 5);
}

TEST_CASE("a check is its own push", "[row:MERGE-10]") {
    Waiting waiting(row(6, 5, 5, 6));
    waiting.settle(Part::Mail, 6, util::fromMs(4'000));
    CHECK(waiting.nextPart() == Part::Check);
    waiting.settle(Part::Check, 6, util::fromMs(4'000));
    CHECK_FALSE(waiting.hasCheck());
}

TEST_CASE("rows that come out of order do not bring back what is older") {
    Waiting waiting(row(7, 7, 7));
    waiting.merge(row(6, 6, 0));
    CHECK(waiting.row().generation == 7);
}

TEST_CASE("what was delivered counts until the store knows of it", "[row:MANAGED-4]") {
    Waiting waiting(row(5, 5, 5));
    CHECK_FALSE(waiting.deliveredCount());
    waiting.settle(Part::Mail, 5, util::fromMs(4'000));
    CHECK_FALSE(waiting.deliveredCount());  // dropped
    waiting.delivered(3);
    CHECK(waiting.deliveredCount() == 3);
    waiting.merge(row(6, 6, 0));  // something new is pending: its count is another
    CHECK_FALSE(waiting.deliveredCount());
    waiting.settle(Part::Mail, 6, util::fromMs(5'000));
    waiting.delivered(4);
    waiting.confirmSettled(Part::Mail, 6);
    CHECK_FALSE(waiting.deliveredCount());
}

TEST_CASE("a count speaks of the row as it was when it was read", "[row:MANAGED-2]") {
    const Waiting::Counted counted{5, 3};
    CHECK(withCount(row(5, 5, 5), {}).count == store::kUnknownCount);
    CHECK(withCount(row(5, 5, 5), counted).count == 3);
    CHECK(withCount(row(5, 5, 5), counted).new_mail_generation == 5);

    const store::Pending later = withCount(row(6, 6, 6), counted);
    CHECK(later.count == 3);
    CHECK(later.generation == 5);           // what came later stays pending,
    CHECK(later.new_mail_generation == 0);  // and rings with its own push

    store::Pending told = row(6, 6, 0);
    told.count = 9;
    CHECK(withCount(told, counted).count == 9);
    CHECK(withCount(told, counted).generation == 6);
}

TEST_CASE("of merged events the last one's trace goes on, each part with its own",
          "[row:TRACE-2]") {
    store::Pending mail = row(5, 5, 5);
    mail.mail_trace = 0xa;
    Waiting waiting(mail);
    store::Pending check = row(6, 5, 5, 6);  // as the store has it: the mail is in the row too
    check.check_trace = 0xc;
    waiting.merge(check);
    CHECK(waiting.trace(Part::Mail) == 0xa);
    CHECK(waiting.trace(Part::Check) == 0xc);

    store::Pending later = row(7, 7, 5, 6);
    later.mail_trace = 0xb;
    waiting.merge(later);
    CHECK(waiting.trace(Part::Mail) == 0xb);

    waiting.settle(Part::Mail, 7, util::fromMs(4'000));
    CHECK(waiting.trace(Part::Mail) == 0);
    CHECK(waiting.trace(Part::Check) == 0xc);
    waiting.settle(Part::Check, 7, util::fromMs(4'000));
    CHECK(waiting.trace(Part::Check) == 0);
}

TEST_CASE("events that no push was sent for are counted from the first one that was durable",
          "[row:METRIC-7]") {
    store::Pending first = row(5, 5, 5);
    first.events = 2;
    first.durable = util::RealTime(util::Milliseconds(100));
    Waiting waiting(first);
    store::Pending second = row(6, 6, 5);
    second.events = 1;
    second.durable = util::RealTime(util::Milliseconds(200));
    waiting.merge(second);

    const Waiting::Unsent unsent = waiting.takeUnsent();
    CHECK(unsent.events == 3);
    CHECK(unsent.durable == util::RealTime(util::Milliseconds(100)));
    CHECK(waiting.takeUnsent().events == 0);

    store::Pending third = row(7, 7, 5);
    third.events = 1;
    third.durable = util::RealTime(util::Milliseconds(300));
    waiting.merge(third);
    waiting.settle(Part::Mail, 6, util::fromMs(4'000));
    const Waiting::Unsent later = waiting.takeUnsent();
    CHECK(later.events == 1);
    CHECK(later.durable == util::RealTime(util::Milliseconds(300)));
}
