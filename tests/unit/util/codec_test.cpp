// SPDX-License-Identifier: Apache-2.0
#include "util/codec.h"

#include <catch2/catch.hpp>

using namespace postbell::util;

TEST_CASE("base64 gives RFC 4648's test vectors both ways") {
    const std::pair<const char*, const char*> vectors[] = {
        {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, text] : vectors) {
        CHECK(base64Encode(plain) == text);
        CHECK(base64Decode(text) == std::string(plain));
    }
}

TEST_CASE("base64 of a key file may be wrapped") {
    CHECK(base64Decode("Zm9v\nYmFy\n") == "foobar");
}

TEST_CASE("text that is not base64 is refused") {
    for (const char* text : {"Z", "Zg", "Zg=", "Zh==", "Zg==Zg==", "Z*==", "=Zg="})
        CHECK_FALSE(base64Decode(text).has_value());
}

TEST_CASE("base64url needs no padding and no escaping in a URL") {
    CHECK(base64UrlEncode("\xfb\xff\xfe") == "-__-");
    CHECK(base64UrlDecode("-__-") == "\xfb\xff\xfe");
    CHECK_FALSE(base64UrlDecode("-_=").has_value());
}

TEST_CASE("hex is read in either case and written in lower case") {
    CHECK(hexDecode("00fFAb") == std::string("\0\xff\xab", 3));
    CHECK(hexEncode(std::string("\0\xff", 2)) == "00ff");
    CHECK_FALSE(hexDecode("abc").has_value());
    CHECK_FALSE(hexDecode("zz").has_value());
}
