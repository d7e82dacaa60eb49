// SPDX-License-Identifier: Apache-2.0
#include "push_request.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <map>

using namespace postbell;
using namespace postbell::apns;
using nlohmann::json;

namespace {

const Origins kOrigins{"https://api.push.apple.com", "https://api.sandbox.push.apple.com"};

/// A push of new mail in style badge, three unread, to be changed by the test.
struct Wish {
    std::uint32_t kind = POSTBELL_PUSH_NEW_MAIL;
    std::uint32_t style = POSTBELL_STYLE_BADGE;
    std::uint32_t urgency = POSTBELL_URGENCY_HIGH;
    std::uint32_t environment = POSTBELL_ENVIRONMENT_PRODUCTION;
    std::string id = "8b8e2d0c-1b5f-4a6e-9a9e-3f1b2c4d5e6f";
    std::string token = "00fc13adff785122";
    std::string app = "com.example.mail";
    std::string registration = "r_3kTMd9-wq";
    std::int32_t unread = 3;
    std::int32_t badge = 5;
    std::int64_t expires_ms = 1'767'312'000'999;
    std::string title_loc_key;  ///< the app's setting; empty: none
};

struct Built {
    std::string origin, path, method;
    std::map<std::string, std::string> headers;
    std::map<std::string, std::uint32_t> flags;
    json payload;
    std::size_t payload_bytes;
};

Built build(const Wish& wish) {
    postbell_push raw{};
    raw.size = sizeof raw;
    raw.kind = wish.kind;
    raw.style = wish.style;
    raw.urgency = wish.urgency;
    raw.environment = wish.environment;
    raw.id = str(wish.id);
    raw.token = str(wish.token);
    raw.app = str(wish.app);
    raw.platform = str("ios");
    raw.registration = str(wish.registration);
    raw.unread = wish.unread;
    raw.badge = wish.badge;
    raw.attempt = 1;
    raw.expires_ms = wish.expires_ms;
    const postbell_header title{str("title-loc-key"), str(wish.title_loc_key), 0};
    raw.settings = &title;
    raw.setting_count = wish.title_loc_key.empty() ? 0 : 1;
    HttpRequest request;
    buildRequest(Push(raw), kOrigins, request);
    Built built{request.origin,
                request.path,
                std::string(request.method),
                {},
                {},
                json::parse(request.body),
                request.body.size()};
    for (const Header& header : request.headers) {
        REQUIRE(built.headers.emplace(header.name, header.value).second);
        built.flags[std::string(header.name)] = header.flags;
    }
    return built;
}

void checkForm(const Built& built, const char* type, const char* priority, const char* aps) {
    CHECK(built.headers.at("apns-push-type") == type);
    CHECK(built.headers.at("apns-priority") == priority);
    CHECK(built.payload.at("aps") == json::parse(aps));
}

}  // namespace

TEST_CASE("a push goes to its device, with its app as topic and its id") {
    const Built built = build({});

    CHECK(built.method == "POST");
    CHECK(built.origin == "https://api.push.apple.com");
    CHECK(built.path == "/3/device/00fc13adff785122");
    CHECK(built.headers.at("apns-topic") == "com.example.mail");
    CHECK(built.headers.at("apns-id") == "8b8e2d0c-1b5f-4a6e-9a9e-3f1b2c4d5e6f");
    CHECK(built.headers.at("apns-expiration") == "1767312000");
    CHECK(built.headers.count("authorization") == 0);
}

TEST_CASE("a sandbox device's push goes to the sandbox") {
    Wish wish;
    wish.environment = POSTBELL_ENVIRONMENT_SANDBOX;
    CHECK(build(wish).origin == "https://api.sandbox.push.apple.com");
}

TEST_CASE("headers that differ from push to push are marked so") {
    const Built built = build({});

    for (const char* name : {"apns-id", "apns-expiration", "apns-collapse-id"})
        CHECK(built.flags.at(name) == POSTBELL_HEADER_VARIES);
    for (const char* name : {"apns-topic", "apns-push-type", "apns-priority"})
        CHECK(built.flags.at(name) == 0);
}

TEST_CASE("new mail with a known count is an alert at once, as its style says") {
    Wish wish;
    checkForm(build(wish), "alert", "10", R"({"badge": 5})");
    wish.style = POSTBELL_STYLE_BADGE_SYNC;
    checkForm(build(wish), "alert", "10", R"({"badge": 5, "content-available": 1})");
    wish.style = POSTBELL_STYLE_ALERT;
    checkForm(build(wish), "alert", "10",
              R"({"badge": 5, "alert": {"title-loc-key": "POSTBELL_NEW_MAIL"}, "sound": "default",
                  "mutable-content": 1})");
}

TEST_CASE("an app may name the title that announces its mail") {
    Wish wish;
    wish.style = POSTBELL_STYLE_ALERT;
    wish.title_loc_key = "NEW \"MAIL\"";
    CHECK(build(wish).payload.at("aps").at("alert") == json{{"title-loc-key", "NEW \"MAIL\""}});
    wish.style = POSTBELL_STYLE_BADGE;
    CHECK_FALSE(build(wish).payload.at("aps").contains("alert"));
}

TEST_CASE("a known changed count sets the badge quietly in every style") {
    Wish wish;
    wish.kind = POSTBELL_PUSH_COUNT_CHANGED;
    wish.urgency = POSTBELL_URGENCY_QUIET;
    for (const auto style :
         {POSTBELL_STYLE_BADGE, POSTBELL_STYLE_BADGE_SYNC, POSTBELL_STYLE_ALERT}) {
        wish.style = static_cast<std::uint32_t>(style);
        checkForm(build(wish), "alert", "5", R"({"badge": 5})");
    }
    wish.badge = 0;
    checkForm(build(wish), "alert", "5", R"({"badge": 0})");
}

TEST_CASE("an unknown count only wakes the app in the badge styles") {
    Wish wish;
    wish.badge = -1;
    for (const auto kind : {POSTBELL_PUSH_NEW_MAIL, POSTBELL_PUSH_COUNT_CHANGED})
        for (const auto style : {POSTBELL_STYLE_BADGE, POSTBELL_STYLE_BADGE_SYNC}) {
            wish.kind = static_cast<std::uint32_t>(kind);
            wish.style = static_cast<std::uint32_t>(style);
            checkForm(build(wish), "background", "5", R"({"content-available": 1})");
        }
}

TEST_CASE("new mail of unknown count in style alert rings without a badge") {
    Wish wish;
    wish.badge = -1;
    wish.style = POSTBELL_STYLE_ALERT;
    checkForm(
        build(wish), "alert", "10",
        R"({"alert": {"title-loc-key": "POSTBELL_NEW_MAIL"}, "sound": "default", "mutable-content": 1})");
}

TEST_CASE("an unknown changed count in style alert wakes the app without ringing") {
    Wish wish;
    wish.kind = POSTBELL_PUSH_COUNT_CHANGED;
    wish.badge = -1;
    wish.style = POSTBELL_STYLE_ALERT;
    checkForm(build(wish), "background", "5", R"({"content-available": 1})");
}

TEST_CASE("asking to check the registration is silent, whatever is known") {
    Wish wish;
    wish.kind = POSTBELL_PUSH_CHECK_REGISTRATION;
    for (const auto style :
         {POSTBELL_STYLE_BADGE, POSTBELL_STYLE_BADGE_SYNC, POSTBELL_STYLE_ALERT}) {
        wish.style = static_cast<std::uint32_t>(style);
        checkForm(build(wish), "background", "5", R"({"content-available": 1})");
    }
}

TEST_CASE("new mail that waited long arrives without a sound") {
    Wish wish;
    wish.urgency = POSTBELL_URGENCY_QUIET;
    checkForm(build(wish), "alert", "5", R"({"badge": 5})");
    wish.style = POSTBELL_STYLE_BADGE_SYNC;
    checkForm(build(wish), "alert", "5", R"({"badge": 5, "content-available": 1})");
    wish.style = POSTBELL_STYLE_ALERT;
    checkForm(build(wish), "alert", "5",
              R"({"badge": 5, "alert": {"title-loc-key": "POSTBELL_NEW_MAIL"}, "mutable-content": 1,
                  "interruption-level": "passive"})");
    wish.badge = -1;
    checkForm(build(wish), "alert", "5",
              R"({"alert": {"title-loc-key": "POSTBELL_NEW_MAIL"}, "mutable-content": 1,
                  "interruption-level": "passive"})");
}

TEST_CASE("the app learns which registration, what happened and its count") {
    Wish wish;
    CHECK(build(wish).payload.at("postbell") ==
          json{{"registration_id", "r_3kTMd9-wq"}, {"event", "new_mail"}, {"unread", 3}});

    wish.kind = POSTBELL_PUSH_COUNT_CHANGED;
    wish.unread = 0;
    CHECK(build(wish).payload.at("postbell") ==
          json{{"registration_id", "r_3kTMd9-wq"}, {"event", "count_changed"}, {"unread", 0}});

    wish.kind = POSTBELL_PUSH_CHECK_REGISTRATION;
    wish.unread = -1;
    CHECK(build(wish).payload.at("postbell") ==
          json{{"registration_id", "r_3kTMd9-wq"}, {"event", "check_registration"}});
}

TEST_CASE("a known count goes along where the badge is unknown") {
    Wish wish;
    wish.badge = -1;
    CHECK(build(wish).payload.at("postbell").at("unread") == 3);
    CHECK_FALSE(build(wish).payload.at("aps").contains("badge"));
}

TEST_CASE("a registration id is text, whatever is in it") {
    Wish wish;
    wish.registration = "a\"b\\c\n\x01\xc3\xa4";
    CHECK(build(wish).payload.at("postbell").at("registration_id") == wish.registration);
    CHECK(build(wish).headers.at("apns-collapse-id").find_first_not_of("mail.0123456789abcdef") ==
          std::string::npos);
}

TEST_CASE(
    "what may replace what: mail, silent pushes and questions have collapse ids of their own") {
    Wish wish;
    const std::string mail = build(wish).headers.at("apns-collapse-id");
    wish.kind = POSTBELL_PUSH_COUNT_CHANGED;
    const std::string count = build(wish).headers.at("apns-collapse-id");
    wish.badge = -1;
    const std::string silent = build(wish).headers.at("apns-collapse-id");
    wish.kind = POSTBELL_PUSH_CHECK_REGISTRATION;
    const std::string check = build(wish).headers.at("apns-collapse-id");

    CHECK(mail == "mail.r_3kTMd9-wq");
    CHECK(count == mail);
    CHECK(silent == "sync.r_3kTMd9-wq");
    CHECK(check == "check.r_3kTMd9-wq");
}

TEST_CASE("a collapse id never has more than 64 bytes, and differs between registrations") {
    Wish wish;
    for (const std::size_t length : {58u, 59u, 60u, 64u, 200u}) {
        wish.registration = std::string(length, 'r');
        const std::string one = build(wish).headers.at("apns-collapse-id");
        wish.registration.back() = 's';
        CHECK(one.size() <= 64);
        CHECK(one != build(wish).headers.at("apns-collapse-id"));
    }
}

TEST_CASE("a push without an end is tried once, and one without a UUID gets Apple's") {
    Wish wish;
    wish.expires_ms = 0;
    CHECK(build(wish).headers.at("apns-expiration") == "0");
    wish.expires_ms = -1;
    CHECK(build(wish).headers.at("apns-expiration") == "0");
    wish.id.pop_back();
    CHECK(build(wish).headers.count("apns-id") == 0);
}

TEST_CASE("the largest counts fit") {
    Wish wish;
    wish.style = POSTBELL_STYLE_ALERT;
    wish.badge = wish.unread = 2'147'483'647;
    wish.registration = std::string(128, 'r');
    const Built built = build(wish);
    CHECK(built.payload.at("aps").at("badge") == 2'147'483'647);
    CHECK(built.payload_bytes < 500);
}

TEST_CASE("a payload never has more than 4096 bytes") {
    Wish wish;
    wish.registration = std::string(3'900, 'r');
    CHECK(build(wish).payload_bytes <= 4096);
    wish.registration = std::string(4'096, 'r');
    CHECK_THROWS_AS(build(wish), InvalidInput);
    wish.registration = std::string(1'000, '\x01');
    CHECK_THROWS_AS(build(wish), InvalidInput);
}

TEST_CASE("a push without a token or an app is refused") {
    Wish wish;
    wish.token.clear();
    CHECK_THROWS_AS(build(wish), InvalidInput);
    wish.token = "00ff";
    wish.app.clear();
    CHECK_THROWS_AS(build(wish), InvalidInput);
}
