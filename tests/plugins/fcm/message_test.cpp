// SPDX-License-Identifier: Apache-2.0
#include "message.h"

#include <catch2/catch.hpp>

#include "test_accounts.h"

using namespace postbell;
using namespace postbell::fcm;
using namespace postbell::fcm::testing;
using nlohmann::json;

namespace {

/// A push of new mail, three unread, to be changed by the test.
struct Wish {
    std::uint32_t kind = POSTBELL_PUSH_NEW_MAIL;
    std::uint32_t style = POSTBELL_STYLE_BADGE;
    std::uint32_t urgency = POSTBELL_URGENCY_HIGH;
    std::string platform = "android";
    std::string token = "dGVzdA:APA91bxyz";
    std::string registration = "r_3kTMd9-wq";
    std::int32_t unread = 3;
    std::int32_t badge = 5;
    std::int64_t expires_ms = kNow + 86'400'000;
};

json messageOf(const Wish& wish) {
    postbell_push raw{};
    raw.size = sizeof raw;
    raw.kind = wish.kind;
    raw.style = wish.style;
    raw.urgency = wish.urgency;
    raw.token = str(wish.token);
    raw.app = str("com.example.mail");
    raw.platform = str(wish.platform);
    raw.registration = str(wish.registration);
    raw.unread = wish.unread;
    raw.badge = wish.badge;
    raw.attempt = 1;
    raw.expires_ms = wish.expires_ms;
    std::string out;
    appendMessage(Push(raw), kNow, out);
    return json::parse(out).at("message");
}

}  // namespace

TEST_CASE("Android gets new mail as data of high priority") {
    CHECK(messageOf({}) == json::parse(R"({
        "token": "dGVzdA:APA91bxyz",
        "data": {"registration_id": "r_3kTMd9-wq", "event": "new_mail", "unread": "3", "badge": "5"},
        "android": {"priority": "HIGH", "ttl": "86400s", "collapse_key": "r_3kTMd9-wq"}})"));
}

TEST_CASE("a changed count, and new mail of the day before, are of normal priority") {
    Wish changed;
    changed.kind = POSTBELL_PUSH_COUNT_CHANGED;
    changed.urgency = POSTBELL_URGENCY_QUIET;
    changed.unread = changed.badge = 0;
    const json message = messageOf(changed);
    CHECK(message.at("android").at("priority") == "NORMAL");
    CHECK(message.at("data").at("event") == "count_changed");
    CHECK(message.at("data").at("unread") == "0");
    CHECK(message.at("data").at("badge") == "0");

    Wish late;
    late.urgency = POSTBELL_URGENCY_QUIET;
    CHECK(messageOf(late).at("android").at("priority") == "NORMAL");
    CHECK(messageOf(late).at("data").at("event") == "new_mail");
}

TEST_CASE("an unknown count is left out") {
    Wish wish;
    wish.unread = wish.badge = -1;
    CHECK(messageOf(wish).at("data") ==
          json{{"registration_id", "r_3kTMd9-wq"}, {"event", "new_mail"}});
    wish.unread = 2;  // of this account, while another's is unknown
    CHECK(messageOf(wish).at("data").at("unread") == "2");
    CHECK_FALSE(messageOf(wish).at("data").contains("badge"));
}

TEST_CASE("a question about the registration replaces no mail") {
    Wish wish;
    wish.kind = POSTBELL_PUSH_CHECK_REGISTRATION;
    wish.urgency = POSTBELL_URGENCY_QUIET;
    wish.unread = wish.badge = -1;
    const json message = messageOf(wish);
    CHECK(message.at("data") ==
          json{{"registration_id", "r_3kTMd9-wq"}, {"event", "check_registration"}});
    CHECK(message.at("android") == json{{"priority", "NORMAL"}, {"ttl", "86400s"}});
}

TEST_CASE("the ttl follows the push's expiry within what FCM takes") {
    const auto ttl = [](std::int64_t expires_ms) {
        Wish wish;
        wish.expires_ms = expires_ms;
        return messageOf(wish).at("android").at("ttl").get<std::string>();
    };
    CHECK(ttl(kNow + 1'500) == "2s");
    CHECK(ttl(kNow + 86'399'998) == "86400s");
    CHECK(ttl(kNow - 1) == "0s");
    CHECK(ttl(0) == "0s");
    CHECK(ttl(kNow + 100LL * 86'400'000) == "2419200s");
}

TEST_CASE("an Apple device gets what the table for APNs says") {
    Wish wish;
    wish.platform = "ios-fcm";
    CHECK(messageOf(wish) == json::parse(R"({
        "token": "dGVzdA:APA91bxyz",
        "apns": {"headers": {"apns-push-type": "alert", "apns-priority": "10",
                             "apns-expiration": "1767312000", "apns-collapse-id": "mail.r_3kTMd9-wq"},
                 "payload": {"aps": {"badge": 5},
                             "postbell": {"registration_id": "r_3kTMd9-wq", "event": "new_mail", "unread": 3}}}})"));

    wish.style = POSTBELL_STYLE_ALERT;
    wish.badge = wish.unread = -1;
    const json alert = messageOf(wish).at("apns");
    CHECK(alert.at("payload").at("aps") == json::parse(R"({"sound": "default", "mutable-content": 1,
        "alert": {"title-loc-key": "POSTBELL_NEW_MAIL"}})"));

    wish.kind = POSTBELL_PUSH_CHECK_REGISTRATION;
    const json check = messageOf(wish).at("apns");
    CHECK(check.at("headers").at("apns-push-type") == "background");
    CHECK(check.at("headers").at("apns-priority") == "5");
    CHECK(check.at("headers").at("apns-collapse-id") == "check.r_3kTMd9-wq");
    CHECK(check.at("payload").at("aps") == json{{"content-available", 1}});
}

TEST_CASE("texts are quoted, and what cannot be sent is refused") {
    Wish wish;
    wish.registration = "a\"b\\c\n";
    CHECK(messageOf(wish).at("data").at("registration_id") == wish.registration);
    wish.registration = std::string(3072, '"');
    CHECK(messageOf(wish).at("data").at("registration_id") == wish.registration);
    wish.platform = "ios-fcm";
    CHECK_FALSE(messageOf(wish).at("apns").at("headers").contains("apns-collapse-id"));
    wish.registration += '"';
    CHECK_THROWS_AS(messageOf(wish), InvalidInput);
    wish = {};
    wish.token.clear();
    CHECK_THROWS_AS(messageOf(wish), InvalidInput);
}
