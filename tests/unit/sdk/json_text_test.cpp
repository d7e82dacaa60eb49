// SPDX-License-Identifier: Apache-2.0
#include "postbell/kit/json_text.hpp"

#include <catch2/catch.hpp>

using namespace postbell::kit;

TEST_CASE("a text is quoted as RFC 8259 asks") {
    const std::pair<std::string_view, std::string_view> texts[] = {
        {"", R"("")"},
        {"plain", R"("plain")"},
        {"a\"b\\c", R"("a\"b\\c")"},
        {"line\nend\x01", R"("line\u000aend\u0001")"},
        {"größer", "\"größer\""},
    };
    for (const auto& [plain, quoted] : texts) {
        std::string out;
        appendText(plain, out);
        CHECK(out == quoted);
    }
}

TEST_CASE("a number is written in decimal") {
    std::string out;
    appendNumber(-1, out);
    appendNumber(9'223'372'036'854'775'807, out);
    CHECK(out == "-19223372036854775807");
}
