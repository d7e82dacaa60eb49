// SPDX-License-Identifier: Apache-2.0
#include "postbell/kit/apple_push.hpp"

#include <catch2/catch.hpp>

#include "postbell/testing/fake_push.hpp"

using namespace postbell;
using namespace postbell::kit;
using testing::FakePush;

namespace {

AppleForm formOf(FakePush push) {
    const postbell_push raw = push.raw();
    return appleForm(Push(raw));
}

std::string payloadOf(FakePush push) {
    const postbell_push raw = push.raw();
    std::string out;
    appendApplePayload(Push(raw), appleForm(Push(raw)), out);
    return out;
}

}  // namespace

TEST_CASE("new mail is shown at once, with its count", "[sdk]") {
    const AppleForm form = formOf({});
    CHECK(form.pushType() == "alert");
    CHECK(form.priority() == "10");
    CHECK(form.badge);
    CHECK_FALSE(form.wakes_app);
    CHECK_FALSE(form.announces);
}

TEST_CASE("new mail without a count wakes the app, unless its style announces it", "[sdk]") {
    FakePush push;
    push.badge = -1;
    CHECK(formOf(push).pushType() == "background");
    CHECK(formOf(push).priority() == "5");
    CHECK(formOf(push).wakes_app);

    push.style = POSTBELL_STYLE_ALERT;
    CHECK(formOf(push).pushType() == "alert");
    CHECK(formOf(push).announces);
    CHECK(formOf(push).sound);
    CHECK_FALSE(formOf(push).badge);
}

TEST_CASE("a quiet announcement has no sound and lights no screen", "[sdk]") {
    FakePush push;
    push.style = POSTBELL_STYLE_ALERT;
    push.urgency = POSTBELL_URGENCY_QUIET;
    const AppleForm form = formOf(push);
    CHECK(form.announces);
    CHECK(form.passive);
    CHECK_FALSE(form.sound);
    CHECK(form.priority() == "5");
}

TEST_CASE("the style badge_sync wakes the app beside the badge", "[sdk]") {
    FakePush push;
    push.style = POSTBELL_STYLE_BADGE_SYNC;
    CHECK(formOf(push).wakes_app);
    CHECK(formOf(push).badge);
}

TEST_CASE("a changed count announces nothing, and a question about the registration only wakes",
          "[sdk]") {
    FakePush push;
    push.style = POSTBELL_STYLE_ALERT;
    push.kind = POSTBELL_PUSH_COUNT_CHANGED;
    CHECK(formOf(push).badge);
    CHECK_FALSE(formOf(push).announces);
    push.kind = POSTBELL_PUSH_CHECK_REGISTRATION;
    CHECK(formOf(push).background);
    CHECK_FALSE(formOf(push).badge);
}

TEST_CASE("kinds and styles of a later contract have a form", "[sdk]") {
    FakePush push;
    push.kind = push.style = 1'000;
    CHECK(formOf(push).badge);
    CHECK_FALSE(formOf(push).announces);
}

TEST_CASE("the payload is JSON that names the registration, whatever stands in the texts",
          "[sdk]") {
    FakePush push;
    CHECK(payloadOf(push) ==
          R"({"aps":{"badge":3},"postbell":{"registration_id":"r_3kTMd9-wqV0nX2yPz",)"
          R"("event":"new_mail","unread":3}})");

    push.style = POSTBELL_STYLE_ALERT;
    push.settings = {{"title-loc-key", R"(a"b)"}};
    push.unread = -1;
    CHECK(payloadOf(push) ==
          R"({"aps":{"alert":{"title-loc-key":"a\"b"},"mutable-content":1,"sound":"default",)"
          R"("badge":3},"postbell":{"registration_id":"r_3kTMd9-wqV0nX2yPz","event":"new_mail"}})");
}

TEST_CASE("a newer count takes the place of an older one, and of nothing else", "[sdk]") {
    FakePush push;
    const auto classOf = [&] {
        const postbell_push raw = push.raw();
        return std::string(collapseClass(Push(raw), appleForm(Push(raw))));
    };
    CHECK(classOf() == "mail.");
    push.badge = -1;
    CHECK(classOf() == "sync.");
    push.kind = POSTBELL_PUSH_CHECK_REGISTRATION;
    CHECK(classOf() == "check.");
}

TEST_CASE("a push ends at a second of UNIX time, never before the epoch", "[sdk]") {
    FakePush push;
    const auto expiration = [&] {
        const postbell_push raw = push.raw();
        std::string out;
        appendExpiration(Push(raw), out);
        return out;
    };
    push.expires_ms = 1'999;
    CHECK(expiration() == "1");
    push.expires_ms = -1;
    CHECK(expiration() == "0");
}
