// SPDX-License-Identifier: Apache-2.0
#include "postbell/kit/base64.hpp"

#include <catch2/catch.hpp>

using namespace postbell::kit;

TEST_CASE("base64 is that of RFC 4648", "[sdk]") {
    const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                           {"f", "Zg=="},
                                                           {"fo", "Zm8="},
                                                           {"foo", "Zm9v"},
                                                           {"foob", "Zm9vYg=="},
                                                           {"fooba", "Zm9vYmE="},
                                                           {"foobar", "Zm9vYmFy"},
                                                           {"\xfb\xff", "+/8="}};
    for (const auto& [bytes, text] : vectors) {
        CHECK(base64(bytes) == text);
        CHECK(decodeBase64(text) == bytes);
    }
}

TEST_CASE("another text for the same bytes is none", "[sdk]") {
    for (const char* text :
         {"Zg", "Zg=", "Zh==", "Zg===", "=", "====", "Z===", "Zm9v\n", "Zm 9", "-_8="})
        CHECK_FALSE(decodeBase64(text));
}
