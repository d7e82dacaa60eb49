// SPDX-License-Identifier: Apache-2.0
#include "postbell/kit/authorization.hpp"

#include <catch2/catch.hpp>

using namespace postbell::kit;

TEST_CASE("the password of a URL comes as Basic, whatever the name", "[sdk]") {
    CHECK(basicPassword("Basic Z2F0ZXVzZXI6Z2F0ZSBwYXNz") == "gate pass");
    CHECK(basicPassword("basic  YTpiOmM=") == "b:c");  // a:b:c
    CHECK(basicPassword("Basic YTo=") == "");          // a:
    for (const char* header : {"", "Basic", "Basic ", "Basic YQ==", "Basic !", "BasicYTpi",
                               "Bearer YTpi", "Digest username=\"a\""})
        CHECK(basicPassword(header) == std::nullopt);
}

TEST_CASE("a bearer's token is what stands behind the scheme", "[sdk]") {
    CHECK(bearerToken("Bearer abc.def") == "abc.def");
    CHECK(bearerToken("bearer  abc ") == "abc");
    CHECK(bearerToken("Bearer ") == "");
    for (const char* header : {"", "Bearer", "Bearerabc", "Basic YTpi"})
        CHECK(bearerToken(header) == std::nullopt);
}
