// SPDX-License-Identifier: Apache-2.0
#include "subscription.h"

#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include "rfc8291.h"

using namespace postbell;
using namespace postbell::webpush;
using namespace postbell::webpush::testing;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

json subscription() {
    return json::parse(subscriptionTo(kEndpoint));
}

std::string problemOf(const std::string& token) {
    try {
        readSubscription(token);
    } catch (const InvalidInput& e) {
        return e.what();
    }
    return "";
}

std::string problemWith(const char* path, const json& value) {
    json changed = subscription();
    changed[json::json_pointer(path)] = value;
    return problemOf(changed.dump());
}

std::string problemWithout(const char* path) {
    json changed = subscription().flatten();
    changed.erase(path);
    return problemOf(changed.unflatten().dump());
}

std::string normal(const json& token) {
    return readSubscription(token.dump()).text();
}

}  // namespace

TEST_CASE("a browser's subscription is a device token") {
    const Subscription read = readSubscription(subscriptionTo(kEndpoint));

    CHECK(read.endpoint.origin == "https://push.example.net");
    CHECK(read.endpoint.path == "/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV");
    CHECK(read.point == bytesOf(kReceiverPublic));
    CHECK(read.secret == bytesOf(kAuthSecret));
    CHECK(read.expires_ms == 0);
}

TEST_CASE("every spelling of a subscription has one normal form, which is its own") {
    const std::string expected = std::string(R"({"endpoint":")") + kEndpoint +
                                 R"(","keys":{"p256dh":")" + kReceiverPublic + R"(","auth":")" +
                                 kAuthSecret + R"("}})";
    CHECK(normal(subscription()) == expected);
    CHECK(readSubscription(expected).text() == expected);

    json other = subscription();
    other["expirationTime"] = 1'767'225'600'000;
    other["options"] = {{"userVisibleOnly", true}};
    CHECK(normal(other) == expected);
    other["endpoint"] = "HTTPS://PUSH.example.net:443/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV";
    CHECK(normal(other) == expected);
    other["keys"]["auth"] = std::string(kAuthSecret) + "==";
    std::string standard = kReceiverPublic;
    std::replace(standard.begin(), standard.end(), '-', '+');
    std::replace(standard.begin(), standard.end(), '_', '/');
    other["keys"]["p256dh"] = standard + "=";
    CHECK(normal(other) == expected);
    CHECK(readSubscription(other.dump(4)).text() == expected);
}

TEST_CASE("the end of a subscription is told") {
    json token = subscription();
    token["expirationTime"] = 1'767'225'600'000;
    CHECK(readSubscription(token.dump()).expires_ms == 1'767'225'600'000);
    token["expirationTime"] = -1;
    CHECK(readSubscription(token.dump()).expires_ms == 0);
    CHECK_THAT(problemWith("/expirationTime", "tomorrow"), Contains("expirationTime"));
}

TEST_CASE("what the app sent instead is named") {
    CHECK_THAT(problemOf(""), Contains("empty"));
    CHECK_THAT(problemOf(kEndpoint), Contains("endpoint alone"));
    CHECK_THAT(problemOf("[object PushSubscription]"), Contains("JSON.stringify"));
    CHECK_THAT(problemOf("[]"), Contains("JSON"));
    CHECK_THAT(problemOf(subscriptionTo(kEndpoint) + "x"), Contains("JSON"));
    CHECK_THAT(problemOf(std::string(4096, '[')), Contains("JSON"));
    CHECK_THAT(problemWithout("/endpoint"), Contains("no \"endpoint\""));
    CHECK_THAT(problemWith("/endpoint", 5), Contains("no \"endpoint\""));
    CHECK_THAT(problemWith("/endpoint", "http://push.example.net/a"), Contains("https URL"));
    CHECK_THAT(problemWith("/keys", nullptr), Contains("no \"keys\""));
    CHECK_THAT(problemWithout("/keys/p256dh"), Contains("p256dh"));
    CHECK_THAT(problemWithout("/keys/auth"), Contains("auth"));
}

TEST_CASE("keys of other sizes, curves and alphabets are refused") {
    CHECK_THAT(problemWith("/keys/auth", "BTBZMqHH6r4Tts7J_aSI"), Contains("16 bytes"));
    CHECK_THAT(problemWith("/keys/auth", "BTBZMqHH6r4Tts7J_aSIgh"), Contains("16 bytes"));
    CHECK_THAT(problemWith("/keys/auth", "BTBZMqHH6r4Tts7J aSIgg"), Contains("16 bytes"));
    CHECK_THAT(problemWith("/keys/auth", "BTBZMqHH6r4Tts7J_aSIgg==="), Contains("16 bytes"));
    CHECK_THAT(problemWith("/keys/auth", std::string(4000, 'A')), Contains("16 bytes"));
    CHECK_THAT(problemWith("/keys/p256dh", kAuthSecret), Contains("65 bytes"));

    std::string point = bytesOf(kReceiverPublic);
    point.back() = static_cast<char>(point.back() ^ 1);
    CHECK_THAT(problemWith("/keys/p256dh", kit::base64Url(point)), Contains("no point"));
    point = bytesOf(kReceiverPublic);
    point.front() = 6;  // X9.62's hybrid form
    CHECK_THAT(problemWith("/keys/p256dh", kit::base64Url(point)), Contains("no point"));
    CHECK_THAT(problemWith("/keys/p256dh", kit::base64Url(std::string(65, '\0'))),
               Contains("no point"));
    CHECK_THAT(
        problemWith("/keys/p256dh", kit::base64Url(std::string(1, '\4') + std::string(64, '\xff'))),
        Contains("no point"));
}

TEST_CASE("no sentence repeats the token") {
    for (const std::string& token :
         {std::string("s3cr3t"), std::string(R"({"endpoint":"s3cr3t"})"),
          std::string(R"({"endpoint":"https://a.example/","keys":{"auth":"s3cr3t"}})")})
        CHECK_THAT(problemOf(token), !Contains("s3cr3t"));
}
