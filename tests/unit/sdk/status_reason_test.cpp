// SPDX-License-Identifier: Apache-2.0
#include "postbell/kit/status_reason.hpp"

#include <catch2/catch.hpp>
#include <string>

using postbell::kit::StatusReason;

TEST_CASE("a reason is its word with the status behind it", "[kit][status_reason]") {
    StatusReason reason;
    CHECK(reason.of("Unknown", 418) == "Unknown418");
    CHECK(reason.of("Intercepted", 200) == "Intercepted200");
}

TEST_CASE("a number that is no status is left out of a reason", "[kit][status_reason]") {
    StatusReason reason;
    for (const int status : {-1, 0, 99, 600, 1'000'000'000})
        CHECK(reason.of("Unknown", status) == "Unknown");
}

TEST_CASE("a word that is too long for a reason is cut", "[kit][status_reason]") {
    StatusReason reason;
    const std::string word(100, 'x');
    CHECK(reason.of(word, 599) == word.substr(0, StatusReason::kMaxWord) + "599");
}
