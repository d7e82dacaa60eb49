// SPDX-License-Identifier: Apache-2.0
#include "registration_token.h"

#include <catch2/catch.hpp>

using namespace postbell::fcm;
using Catch::Matchers::Contains;

namespace {

std::string problemOf(const std::string& token) {
    std::string normal, problem;
    CHECK_FALSE(checkRegistrationToken(token, normal, problem));
    CHECK(normal.empty());
    return problem;
}

}  // namespace

TEST_CASE("registration tokens are taken as they are") {
    for (const std::string& token : {"dGVzdC1pbnN0YW5jZS1pZA:APA91b" + std::string(134, 'x'),
                                     std::string(152, 'A') + "_-z", std::string(4096, 'z')}) {
        std::string normal, problem;
        CHECK(checkRegistrationToken(token, normal, problem));
        CHECK(normal == token);
    }
}

TEST_CASE("what the app sent instead is named") {
    CHECK_THAT(problemOf(""), Contains("empty"));
    CHECK_THAT(problemOf(std::string(64, 'a')), Contains("APNs"));
    CHECK_THAT(problemOf("00FC13ADFF785122B4AD28809A3420982341241421348097878E577C991DE8F0"),
               Contains("APNs"));
    CHECK_THAT(problemOf("cBz9-installationId_x1"), Contains("installation id"));
    CHECK_THAT(problemOf("/topics/" + std::string(80, 'n')), Contains("topic"));
    CHECK_THAT(problemOf("https://fcm.googleapis.com/fcm/send/" + std::string(100, 'x')),
               Contains("Web Push"));
    CHECK_THAT(problemOf("abc%3AAPA91b" + std::string(134, 'x')), Contains("percent-encoded"));
    CHECK_THAT(problemOf(std::string(100, 'a') + " x"), Contains("characters"));
    CHECK_THAT(problemOf(std::string(100, 'a') + "\n\"x"), Contains("characters"));
    CHECK_THAT(problemOf(std::string(5000, 'z')), Contains("too long"));
}

TEST_CASE("no sentence repeats the token") {
    for (const std::string& token : {std::string("secret-token"), std::string("s3cr3t t0ken")})
        CHECK_THAT(problemOf(token), !Contains(token));
}
