// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "postbell/kit/constant_time.hpp"
#include "postbell/kit/hmac.hpp"

using namespace postbell::kit;

namespace {

std::string hex(std::string_view bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (const char c : bytes) {
        text += kDigits[static_cast<unsigned char>(c) >> 4];
        text += kDigits[static_cast<unsigned char>(c) & 15];
    }
    return text;
}

}  // namespace

TEST_CASE("a message is signed as RFC 4231 has it", "[sdk]") {
    CHECK(hex(hmacSha256("Jefe", "what do ya want for nothing?")) ==
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    CHECK(hex(hmacSha256(std::string(131, '\xaa'),
                         "Test Using Larger Than Block-Size Key - Hash Key First")) ==
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    CHECK(hex(hmacSha1("Jefe", "what do ya want for nothing?")) ==
          "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    CHECK(hmacSha256("", "").size() == 32);
}

TEST_CASE("texts are compared to their last byte", "[sdk]") {
    CHECK(equalConstantTime("", ""));
    CHECK(equalConstantTime("abc", "abc"));
    CHECK_FALSE(equalConstantTime("abc", "abd"));
    CHECK_FALSE(equalConstantTime("bbc", "abc"));
    CHECK_FALSE(equalConstantTime("abc", "ab"));
    CHECK_FALSE(equalConstantTime(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
    CHECK_FALSE(equalConstantTime("\x80", std::string_view("\0", 1)));
}
