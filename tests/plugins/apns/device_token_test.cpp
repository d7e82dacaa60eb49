// SPDX-License-Identifier: Apache-2.0
#include "device_token.h"

#include <catch2/catch.hpp>

using namespace postbell::apns;
using Catch::Matchers::Contains;

namespace {

struct Checked {
    bool good = false;
    std::string normal;
    std::string problem;
};

Checked check(const std::string& token) {
    Checked result;
    result.good = checkDeviceToken(token, result.normal, result.problem);
    return result;
}

}  // namespace

TEST_CASE("a device token in either case is good, and normal in lower case") {
    const Checked result =
        check("00FC13adFF785122b4ad28809a3420982341241421348097878e577c991de8f0");

    CHECK(result.good);
    CHECK(result.normal == "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0");
    CHECK(result.problem.empty());
}

TEST_CASE("a device token may have any length that Apple could choose") {
    for (const std::size_t bytes : {2u, 31u, 32u, 33u, 64u, 80u, 100u})
        CHECK(check(std::string(2 * bytes, 'a')).good);
}

TEST_CASE("what is no device token is explained without repeating it") {
    const std::pair<std::string, const char*> tokens[] = {
        {"", "empty"},
        {"a", "odd number"},
        {"ab", "too short"},
        {std::string(65, 'a'), "odd number"},
        {std::string(202, 'a'), "too long"},
        {std::string(5'000'000, 'a'), "too long"},
        {"<00fc13ad ff785122 b4ad2880>", "angle brackets"},
        {"00fc13ad ff785122", "spaces"},
        {"{length = 32, bytes = 0x00fc13ad ff785122 ... 991de8f0 }", "iOS 13"},
        {"dGVzdA:APA91bHun4MxP5egoKMwt2KZFBaFUH-1RYqx", "Firebase"},
        {"APwTrf94USK0rSiAmjQgmCNBJBQhNICXh45XfJkd6PA=", "base64"},
        {"ExponentPushToken[xxxxxxxx]", "not hexadecimal"},
        {std::string("00fc\0f", 6), "not hexadecimal"},
        {"\xc3\xa4\xc3\xb6", "not hexadecimal"},
    };
    for (const auto& [token, sentence] : tokens) {
        const Checked result = check(token);
        CAPTURE(token.substr(0, 60));
        CHECK_FALSE(result.good);
        CHECK(result.normal.empty());
        CHECK_THAT(result.problem, Contains(sentence));
        if (token.size() > 2) CHECK_THAT(result.problem, !Contains(token));
    }
}
