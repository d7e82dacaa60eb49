// SPDX-License-Identifier: Apache-2.0
#include "message.h"

#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>
#include <postbell/testing/fake_push.hpp>

#include "encryption.h"

using namespace postbell;
using namespace postbell::webpush;
using nlohmann::json;
using postbell::testing::FakePush;

namespace {

constexpr std::int64_t kNow = 1'767'225'600'000;

/// Of a push in the contract's form.
template <class Ask>
auto of(FakePush push, Ask&& ask) {
    const postbell_push raw = push.raw();
    return ask(Push(raw));
}

std::string topic(const FakePush& push) {
    return of(push, topicOf);
}

}  // namespace

TEST_CASE("new mail says registration, event and counts as texts") {
    FakePush push;
    push.badge = 5;
    CHECK(json::parse(of(push, payloadOf)) == json{{"registration_id", "r_3kTMd9-wqV0nX2yPz"},
                                                   {"event", "new_mail"},
                                                   {"unread", "3"},
                                                   {"badge", "5"}});
    CHECK(of(push, urgencyOf) == "high");
}

TEST_CASE("an unknown count is left out") {
    FakePush push;
    push.kind = POSTBELL_PUSH_COUNT_CHANGED;
    push.urgency = POSTBELL_URGENCY_QUIET;
    push.unread = push.badge = -1;
    CHECK(json::parse(of(push, payloadOf)) ==
          json{{"registration_id", "r_3kTMd9-wqV0nX2yPz"}, {"event", "count_changed"}});
    CHECK(of(push, urgencyOf) == "normal");
}

TEST_CASE("payloads have few sizes") {
    CHECK(paddedSize(0) == 256);
    CHECK(paddedSize(256) == 256);
    CHECK(paddedSize(257) == 1024);
    CHECK(paddedSize(1025) == kMaxPlaintext);
    CHECK(paddedSize(kMaxPlaintext) == kMaxPlaintext);
    FakePush push;
    CHECK(paddedSize(of(push, payloadOf).size()) == 256);
}

TEST_CASE("a push that fits into no message is refused") {
    FakePush push;
    push.registration = std::string(kMaxPlaintext, 'r');
    CHECK_THROWS_AS(of(push, payloadOf), InvalidInput);
}

TEST_CASE("a newer count of a registration replaces the older one, and nothing else") {
    FakePush push;
    FakePush other = push;
    other.kind = POSTBELL_PUSH_COUNT_CHANGED;
    other.unread = 7;
    CHECK(topic(push) == topic(other));
    other.registration = "r_another";
    CHECK(topic(push) != topic(other));
    other = push;
    other.kind = POSTBELL_PUSH_CHECK_REGISTRATION;
    CHECK(topic(push) != topic(other));
}

TEST_CASE("a topic has 32 characters of base64url, whatever the registration's id") {
    for (const std::string& id :
         {std::string(), std::string("r_3kTMd9-wqV0nX2yPz"), std::string(3000, '\xff')}) {
        FakePush push;
        push.registration = id;
        const std::string found = topic(push);
        CHECK(found.size() == 32);
        CHECK(found.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz01234567"
                                      "89-_") == std::string::npos);
    }
}

TEST_CASE("a push server keeps a message until the push expires") {
    const auto ttl = [](std::int64_t expires_ms) {
        FakePush push;
        push.expires_ms = expires_ms;
        const postbell_push raw = push.raw();
        return ttlSeconds(Push(raw), kNow);
    };
    CHECK(ttl(kNow + 86'400'000) == 86'400);
    CHECK(ttl(kNow + 1) == 1);
    CHECK(ttl(kNow - 1) == 0);
    CHECK(ttl(0) == 0);
    CHECK(ttl(kNow + 90 * std::int64_t{86'400'000}) == 28 * 86'400);
}
