// SPDX-License-Identifier: Apache-2.0
#include "registry/life_cycle.h"

#include <catch2/catch.hpp>

#include <functional>

#include "registry/nudge.h"

using namespace postbell;
using namespace postbell::registry;
using namespace std::chrono_literals;

namespace {

constexpr util::Milliseconds kMinute = 1min;
constexpr util::Milliseconds kHour = 1h;
constexpr util::Milliseconds kDay = 24h;
constexpr util::WallTime kStart = util::WallTime() + 1'000 * kDay;

void setApp(store::Registration& r, bool enabled, util::WallTime enabled_at = {}) {
    store::App app;
    app.enabled = enabled;
    app.enabled_at = enabled_at;
    r.app = std::make_shared<const store::App>(app);
}

/// Of an app that is turned on.
store::Registration registered() {
    store::Registration r;
    setApp(r, true);
    r.created_at = kStart;
    return r;
}

/// Reported at the start, on an instance with a heartbeat of 15 minutes.
store::Registration reported() {
    store::Registration r = registered();
    r.seen.device_at = kStart;
    r.subscription.instance = "ews";
    r.subscription.id_hash = "id";
    r.subscription.reported_at = kStart;
    r.subscription.expires_set_at = kStart;
    return r;
}

LifeClock at(util::Milliseconds after_start) {
    return {kStart + after_start, kStart, 30 * kMinute};
}

void check(const store::Registration& r, const LifeClock& clock, State state, Action action) {
    const LifeCycle found = lifeCycle(r, clock);
    CHECK(name(found.state) == name(state));
    CHECK(name(found.action) == name(action));
}

/// As if `seen` had been read with the registration.
Serving serving(const store::Registration& r, std::string_view instance, std::string_view id_hash,
                const LifeClock& clock) {
    return registry::serving(r, instance, id_hash, clock, [&] { return r.seen.device_at; });
}

}  // namespace

TEST_CASE("a registration without a report waits for its app to subscribe", "[row:STATE-1]") {
    store::Registration r = registered();
    check(r, at(kDay), State::Waiting, Action::Subscribe);
}

TEST_CASE("a reported subscription is active as long as it is heard in time", "[row:STATE-2]") {
    store::Registration r = reported();
    check(r, at(30 * kMinute - 1ms), State::Active, Action::None);
    check(r, at(30 * kMinute), State::Stale, Action::Resubscribe);
    r.seen.heard_at = kStart + 20 * kMinute;
    check(r, at(50 * kMinute - 1ms), State::Active, Action::None);
    check(r, at(50 * kMinute), State::Stale, Action::Resubscribe);
    CHECK(staleSince(r, at(kDay)) == kStart + 50 * kMinute);
}

TEST_CASE("silence says nothing while the listener was away, or where there is no heartbeat",
          "[row:STATE-10]") {
    const store::Registration r = reported();
    check(r, {kStart + kDay, kStart + kDay - kMinute, 30 * kMinute}, State::Active, Action::None);
    check(r, {kStart + kDay, kStart, 0ms}, State::Active, Action::None);
}

TEST_CASE("times of a clock that was ahead do not hide silence once it is right") {
    store::Registration r = reported();
    const LifeClock clock = at(30 * kMinute);
    const util::WallTime ahead = kStart + 365 * kDay;
    r.seen.heard_at = r.subscription.reported_at = ahead;
    check(r, clock, State::Stale, Action::Resubscribe);
    r.seen.nudged_at = ahead;
    CHECK(needsNudge(r, clock));
    r.created_at = r.seen.device_at = ahead;
    CHECK(serving(r, "ews", "another", clock) == Serving::Nobody);
    r.seen.nudged_at = clock.now - kDay;
    CHECK(needsNudge(r, clock));
    r.subscription.expires_at = kStart + kMinute;
    CHECK(staleSince(r, clock) == kStart + kMinute);
    r.subscription.expires_at = {};
    CHECK(staleSince(r, {clock.now, kStart, 0ms, true}) == kStart);
    // Two threads read the clock by turns.
    r.seen.heard_at = clock.now + 1ms;
    check(r, clock, State::Active, Action::None);
}

TEST_CASE("times of a clock that was ahead hold nothing up once it is right") {
    const util::WallTime ahead = kStart + 365 * kDay;
    const struct {
        const char* time;
        std::function<void(store::Registration&)> set;
        State state;
        Action action;
    } rows[] = {
        {"its app was turned on", [&](auto& r) { setApp(r, true, ahead); }, State::Active,
         Action::None},
        {"its end was set",
         [&](auto& r) {
             r.subscription.expires_at = kStart + kHour;
             r.subscription.expires_set_at = ahead;
         },
         State::Active, Action::Renew},
        {"its mailbox failed first",
         [&](auto& r) {
             r.mailbox_state.id = 1;
             r.mailbox_state.failed_at = ahead;
         },
         State::Stale, Action::Resubscribe},
    };
    for (const auto& row : rows) {
        INFO(row.time);
        store::Registration r = reported();
        row.set(r);
        check(r, at(2 * kMinute), row.state, row.action);
    }
}

TEST_CASE("in the last fifth of its time a subscription is to be renewed, then it is stale",
          "[row:STATE-3][row:STATE-5]") {
    store::Registration r = reported();
    r.subscription.expires_at = kStart + 100 * kMinute;
    const auto clock = [](util::Milliseconds after) {
        return LifeClock{kStart + after, kStart, 0ms};
    };
    check(r, clock(80 * kMinute), State::Active, Action::None);
    check(r, clock(80 * kMinute + 1ms), State::Active, Action::Renew);
    check(r, clock(100 * kMinute), State::Stale, Action::Resubscribe);
    r.seen.heard_at = kStart + 101 * kMinute;
    check(r, clock(102 * kMinute), State::Active, Action::Renew);
}

TEST_CASE("the server's word ends a subscription or asks for renewal", "[row:STATE-6]") {
    store::Registration r = reported();
    r.subscription.renew_asked_at = kStart + kMinute;
    check(r, at(2 * kMinute), State::Active, Action::Renew);
    r.subscription.ended_at = kStart + kMinute;
    check(r, at(2 * kMinute), State::Stale, Action::Resubscribe);
}

TEST_CASE("a dead device is to register again, an app that is off does nothing",
          "[row:STATE-7][row:STATE-8]") {
    store::Registration r = reported();
    r.device_dead_at = kStart + kMinute;
    check(r, at(2 * kMinute), State::Disabled, Action::Register);
    setApp(r, false);
    check(r, at(2 * kMinute), State::Disabled, Action::None);
    CHECK(serving(r, "ews", "id", at(0ms)) == Serving::Nobody);
}

TEST_CASE("a subscription reported before its app was turned off counts as replaced",
          "[row:STATE-9]") {
    store::Registration r = reported();
    setApp(r, true, kStart + kMinute);
    check(r, at(2 * kMinute), State::Stale, Action::Resubscribe);
    CHECK(serving(r, "ews", "id", at(2 * kMinute)) == Serving::Nobody);
    CHECK(serving(r, "ews", "a new one", at(2 * kMinute)) == Serving::Unreported);
    r.subscription.reported_at = kStart + 3 * kMinute;
    check(r, at(4 * kMinute), State::Active, Action::None);
    CHECK(serving(r, "ews", "id", at(4 * kMinute)) == Serving::Reported);
}

TEST_CASE("the reported id is served, one that was replaced is not", "[row:SUBID-2][row:SUBID-3]") {
    store::Registration r = reported();
    const std::string old(32, 'o');
    r.subscription.retired = old;
    CHECK(serving(r, "ews", "id", at(0ms)) == Serving::Reported);
    CHECK(serving(r, "ews", "", at(0ms)) == Serving::Reported);
    CHECK(serving(r, "ews", old, at(0ms)) == Serving::Nobody);
}

TEST_CASE("once a subscription is reported, another instance has nothing to say of it",
          "[row:SUBID-2]") {
    const store::Registration r = reported();
    CHECK(serving(r, "other", "id", at(0ms)) == Serving::Nobody);
    CHECK(serving(r, "other", "new", at(0ms)) == Serving::Nobody);
    CHECK(serving(r, "other", "", at(0ms)) == Serving::Nobody);

    const store::Registration waiting = registered();
    CHECK(serving(waiting, "other", "id", at(0ms)) == Serving::Unreported);
    CHECK(serving(waiting, "other", "", at(0ms)) == Serving::Unreported);
}

TEST_CASE("an id never reported is served until ten minutes after the device's last call",
          "[row:SUBID-4][row:SUBID-5][row:SUBID-6]") {
    store::Registration r = reported();
    CHECK(serving(r, "ews", "new", at(10 * kMinute - 1ms)) == Serving::Unreported);
    CHECK(serving(r, "ews", "new", at(10 * kMinute)) == Serving::Nobody);
    r.seen.device_at = kStart + 5 * kMinute;
    CHECK(serving(r, "ews", "new", at(15 * kMinute - 1ms)) == Serving::Unreported);
    CHECK(serving(r, "ews", "new", at(15 * kMinute)) == Serving::Nobody);
    CHECK(serving(r, "ews", "new", {kStart + kDay, kStart + kDay - kMinute, 0ms}) ==
          Serving::Unreported);
}

TEST_CASE("after an absence that mail servers do not wait out, subscriptions of before are lost",
          "[row:STATE-18]") {
    store::Registration r = reported();
    LifeClock back{kStart + 2 * kHour, kStart + 2 * kHour, 30 * kMinute, true};
    check(r, back, State::Stale, Action::Resubscribe);
    CHECK(actionSince(r, back) == back.up_since);
    back.lost_subscriptions = false;
    check(r, back, State::Active, Action::None);
    back.lost_subscriptions = true;
    SECTION("unless the mail server still notifies") {
        r.seen.heard_at = back.up_since;
    }
    SECTION("or the app has subscribed since") {
        r.subscription.reported_at = back.up_since;
    }
    check(r, back, State::Active, Action::None);
}

TEST_CASE("the own folder counts as heard of only since it was reported", "[row:FOLDER-2]") {
    store::Registration r = reported();
    CHECK_FALSE(heardOwnFolder(r));
    r.seen.own_folder_at = kStart;
    CHECK(heardOwnFolder(r));
    r.folder.reported_at = kStart + kMinute;
    CHECK_FALSE(heardOwnFolder(r));
}

TEST_CASE("a managed registration is active without a report", "[row:MANAGED-1]") {
    store::Registration r = registered();
    r.mailbox_state.id = 1;
    check(r, at(kDay), State::Active, Action::None);
    setApp(r, false);
    check(r, at(kDay), State::Disabled, Action::None);
    setApp(r, true);
    r.device_dead_at = kStart;
    check(r, at(kDay), State::Disabled, Action::Register);
}

TEST_CASE("a managed registration without a subscription is for the app to mend, if it lasts",
          "[row:MANAGED-16]") {
    store::Registration r = registered();
    r.mailbox_state.id = 1;
    r.mailbox_state.failed_at = kStart;
    check(r, at(9 * kMinute), State::Active, Action::None);
    check(r, at(10 * kMinute), State::Stale, Action::Resubscribe);
    CHECK(staleSince(r, at(kHour)) == kStart);
    CHECK(actionSince(r, at(kHour)) == kStart);
    r.mailbox_state.refused = true;
    check(r, at(0ms), State::Stale, Action::Resubscribe);

    r.mailbox_state.subscribed = true;
    r.mailbox_state.expires_at = kStart + kDay;
    check(r, at(kHour), State::Active, Action::None);
    check(r, at(kDay), State::Stale, Action::Resubscribe);
}
