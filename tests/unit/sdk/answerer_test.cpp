// SPDX-License-Identifier: Apache-2.0
#include "postbell/kit/answerer.hpp"

#include <catch2/catch.hpp>

using namespace postbell::kit;

TEST_CASE("a text that is no JSON object is a page, and an empty body is none", "[kit][answerer]") {
    CHECK(isPage("<html>", false));
    CHECK_FALSE(isPage(R"({"reason":"BadPath"})", true));
    CHECK_FALSE(isPage("", false));
}

TEST_CASE("a page below 500 is an intermediary's, whatever its status", "[kit][answerer]") {
    for (const int status : {200, 302, 400, 403, 404, 410, 429, 499})
        CHECK(answererOf(status, true) == Answerer::Intermediary);
}

TEST_CASE("an answer that may be the network's is the network's", "[kit][answerer]") {
    for (const int status : {0, 200, 400, 403, 404, 410, 429, 500, 503})
        CHECK(answererOf(status, false) == Answerer::Network);
    for (const int status : {500, 502, 503, 599})
        CHECK(answererOf(status, true) == Answerer::Network);
}

TEST_CASE("a status that only proxies and captive portals give is theirs", "[kit][answerer]") {
    for (const int status : {407, 511})
        for (const bool page : {false, true})
            CHECK(answererOf(status, page) == Answerer::Intermediary);
}

TEST_CASE("HTTP asks for another connection with three statuses", "[kit][http_status]") {
    for (const int status : {408, 421, 425}) CHECK(asksForAnotherConnection(status));
    for (const int status : {0, 200, 400, 407, 422, 429, 503})
        CHECK_FALSE(asksForAnotherConnection(status));
}
