// SPDX-License-Identifier: Apache-2.0
#include "store/records/subscription_row.h"

#include <catch2/catch.hpp>

#include <utility>

using namespace postbell;
using namespace postbell::store;
using Kind = SubscriptionChange::Kind;

namespace {

SubscriptionChange changeAt(Kind kind, std::int64_t ms) {
    return {1, kind, util::fromMs(ms)};
}

}  // namespace

TEST_CASE("the first end stays, with its quiet time, until the subscription is heard again") {
    SubscriptionRow row;
    SubscriptionChange first = changeAt(Kind::Ended, 5), second = changeAt(Kind::Ended, 6);
    first.quiet_until = util::fromMs(50);
    second.quiet_until = util::fromMs(60);

    CHECK(row.apply(first));
    CHECK_FALSE(row.apply(second));
    CHECK(row.ended_at == util::fromMs(5));
    CHECK(row.quiet_until == util::fromMs(50));

    CHECK(row.apply(changeAt(Kind::HeardAgain, 7)));
    CHECK_FALSE(row.apply(changeAt(Kind::HeardAgain, 8)));
    CHECK_FALSE(util::isSet(row.ended_at));
    CHECK(row.quiet_until == util::fromMs(50));
    CHECK(row.apply(second));
    CHECK(row.ended_at == util::fromMs(6));
}

TEST_CASE("a first time of a clock that was ahead gives way to the next") {
    for (const auto& [kind, time] : {std::pair(Kind::Ended, &SubscriptionRow::ended_at),
                                     {Kind::RenewAsked, &SubscriptionRow::renew_asked_at}}) {
        SubscriptionRow row;
        const util::WallTime right = util::fromMs(5);
        row.*time = right + util::kDay;
        CHECK(row.apply(changeAt(kind, 5)));
        CHECK(row.*time == right);
    }
}

TEST_CASE("the first request to renew stays, and so does the first word of another folder") {
    SubscriptionRow row;
    CHECK(row.apply(changeAt(Kind::RenewAsked, 5)));
    CHECK_FALSE(row.apply(changeAt(Kind::RenewAsked, 6)));
    CHECK(row.renew_asked_at == util::fromMs(5));
    CHECK(row.apply(changeAt(Kind::OtherFolder, 7)));
    CHECK_FALSE(row.apply(changeAt(Kind::OtherFolder, 8)));
    CHECK(row.folder.other_heard_at == util::fromMs(7));
}

TEST_CASE("a note replaces the one before") {
    SubscriptionRow row;
    row.note = "old";
    SubscriptionChange noted = changeAt(Kind::Noted, 5);
    noted.note = "new";
    CHECK(row.apply(noted));
    CHECK(row.note == "new");
}
