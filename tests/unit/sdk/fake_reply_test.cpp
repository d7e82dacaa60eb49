// SPDX-License-Identifier: Apache-2.0
#include "postbell/testing/fake_reply.hpp"

#include <catch2/catch.hpp>

#include "support/reply_rules.h"

using namespace postbell;
using test::RuledCallback;

namespace {

std::unique_ptr<testing::FakeReply> replyOn(RuledCallback callback) {
    auto reply = std::make_unique<testing::FakeReply>();
    reply->known = callback != RuledCallback::Unknown;
    if (callback == RuledCallback::Tenant) reply->callback = POSTBELL_CALLBACK_TENANT;
    return reply;
}

}  // namespace

TEST_CASE("the fake reply keeps the contract's rules", "[sdk]") {
    for (const test::EventRule& rule : test::eventRules()) {
        INFO(rule.says);
        const auto reply = replyOn(rule.callback);
        CHECK(reply->raw()->event(reply->raw(), &rule.event) == rule.status);
        CHECK(reply->events.size() == (rule.status == POSTBELL_OK ? 1 : 0));
    }
    for (const test::NoteRule& rule : test::noteRules()) {
        INFO(rule.says);
        const auto reply = replyOn(rule.callback);
        CHECK(reply->raw()->note(reply->raw(), str(rule.text)) == rule.status);
    }
    for (const test::AnswerRule& rule : test::answerRules()) {
        INFO(rule.says);
        const auto reply = replyOn(RuledCallback::Registration);
        CHECK(test::tryAnswer(reply->raw(), rule) == rule.status);
    }
}

TEST_CASE("a reply takes so many events and no more", "[sdk]") {
    testing::FakeReply reply;
    const postbell_mail_event event = test::eventRules().front().event;
    for (std::uint32_t i = 0; i < POSTBELL_MAX_EVENTS; ++i)
        REQUIRE(reply.raw()->event(reply.raw(), &event) == POSTBELL_OK);
    CHECK(reply.raw()->event(reply.raw(), &event) == POSTBELL_ELIMIT);
}
