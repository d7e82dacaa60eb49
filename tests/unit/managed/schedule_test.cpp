// SPDX-License-Identifier: Apache-2.0
#include "managed/schedule.h"

#include <catch2/catch.hpp>

#include <chrono>

using namespace postbell;
using namespace postbell::managed;
using namespace std::chrono_literals;

namespace {

const util::WallTime kNow = util::fromMs(1'000'000'000);

store::ManagedMailbox subscribed() {
    store::ManagedMailbox m;
    m.registrations = m.live = 1;
    m.subscription = "id";
    m.expires_at = kNow + 24h;
    m.renew_at = kNow + 12h;
    return m;
}

}  // namespace

TEST_CASE("the next action follows from the row and the clock", "[managed]") {
    store::ManagedMailbox m = subscribed();
    CHECK(nextAction(m, kNow) == MailboxAction::Sleep);
    CHECK(sleepUntil(m, kNow) == kNow + 12h);
    CHECK(nextAction(m, kNow + 12h) == MailboxAction::Renew);
    CHECK(nextAction(m, kNow + 24h) == MailboxAction::Subscribe);

    SECTION("the server asks for a new authorization") {
        m.renew_asked_at = kNow;
        CHECK(nextAction(m, kNow) == MailboxAction::Reauthorize);
    }
    SECTION("the server wants a note back before it notifies") {
        m.note = "code";
        m.renew_asked_at = kNow;
        CHECK(nextAction(m, kNow + 12h) == MailboxAction::Confirm);
    }
    SECTION("its times come of a clock that was ahead") {
        CHECK(nextAction(m, kNow - 10 * 24h) == MailboxAction::Renew);
        m.expires_at = {};
        CHECK(nextAction(m, kNow - 10 * 24h) == MailboxAction::Sleep);
    }
    SECTION("a note waits for the subscription that it belongs to") {
        m.note = "code";
        m.subscription.clear();
        CHECK(nextAction(m, kNow) == MailboxAction::Subscribe);
    }
    SECTION("the server ended the subscription") {
        m.ended_at = m.renew_asked_at = kNow;
        CHECK(nextAction(m, kNow) == MailboxAction::Subscribe);
    }
    SECTION("there is none") {
        m.subscription.clear();
        CHECK(nextAction(m, kNow) == MailboxAction::Subscribe);
    }
    SECTION("one that does not end is not renewed") {
        m.expires_at = {};
        CHECK(nextAction(m, kNow + 1000h) == MailboxAction::Sleep);
        CHECK(sleepUntil(m, kNow) == kNow + 24h);
    }
    SECTION("no device is left to push to") {
        m.live = 0;
        CHECK(nextAction(m, kNow) == MailboxAction::Unsubscribe);
        m.subscription.clear();
        CHECK(nextAction(m, kNow) == MailboxAction::Sleep);
        m.registrations = 0;
        CHECK(nextAction(m, kNow) == MailboxAction::Forget);
    }
}

TEST_CASE("renewals come within a day, or about half-way, spread by chance",
          "[managed][row:MANAGED-19][row:MANAGED-40]") {
    CHECK(renewAt(kNow, kNow + 168h, 0) == kNow + 18h);
    CHECK(renewAt(kNow, kNow + 168h, 1) == kNow + 24h);
    CHECK(renewAt(kNow, kNow + 20h, 0) == kNow + 9h);
    CHECK(renewAt(kNow, kNow + 20h, 1) == kNow + 12h);
    CHECK(renewAt(kNow, kNow - 1h, 0.5) == kNow);
    CHECK(renewAt(kNow, {}, 0.5) == kNow + 24h);
}

TEST_CASE("a clock that was ahead either shows, or has the renewal come before the true end",
          "[managed][row:MANAGED-35]") {
    const util::Milliseconds lifetime = GENERATE(1h, 20h, 30h, 40h, 50h, 168h);
    CAPTURE(lifetime);
    for (const double chance : {0.0, 0.3, 0.7, 1.0})
        for (util::Milliseconds ahead = 0h; ahead < 10 * lifetime; ahead += lifetime / 50) {
            store::ManagedMailbox m = subscribed();
            m.expires_at = kNow + ahead + lifetime;
            m.renew_at = renewAt(kNow + ahead, m.expires_at, chance);
            if (ahead == 0h) CHECK_FALSE(store::isMisdated(m, kNow));
            if (!store::isMisdated(m, kNow)) CHECK(m.renew_at < kNow + lifetime);
        }
}
