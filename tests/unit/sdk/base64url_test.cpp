// SPDX-License-Identifier: Apache-2.0
#include "postbell/kit/base64url.hpp"

#include <catch2/catch.hpp>

using namespace postbell::kit;

TEST_CASE("base64url gives RFC 4648's vectors without padding, both ways") {
    const std::pair<const char*, const char*> vectors[] = {
        {"", ""},        {"f", "Zg"},        {"fo", "Zm8"},
        {"foo", "Zm9v"}, {"foob", "Zm9vYg"}, {"\xfb\xff\xfe", "-__-"}};
    for (const auto& [plain, text] : vectors) {
        CHECK(base64Url(plain) == text);
        CHECK(decodeBase64Url(text) == std::string(plain));
    }
}

TEST_CASE("text that base64url never writes is refused") {
    for (const char* text :
         {"Zg==", "Z", "Zm9vY", "+/+/", "Zm 9", "Zm9v\n", "Zh", "Zm9", "\xc3\xa4"})
        CHECK_FALSE(decodeBase64Url(text).has_value());
}
