// SPDX-License-Identifier: Apache-2.0
#include "handshake.h"

#include <catch2/catch.hpp>

#include "sample.h"

using namespace postbell::office365;

namespace {

std::optional<std::string> answerTo(std::string_view query) {
    const auto encoded = findValidationToken(query);
    REQUIRE(encoded);
    return decodeValidationToken(*encoded);
}

}  // namespace

TEST_CASE("a captured request is answered with its token to the letter", "[office365]") {
    const std::string request = file("val-01-validation-request.http.txt");
    const auto begin = request.find('?') + 1;

    CHECK(answerTo(request.substr(begin, request.find(' ', begin) - begin)) ==
          file("val-02-validation-response-body.txt"));
}

TEST_CASE("the token is found beside what the URL had", "[office365]") {
    CHECK(answerTo("r=1&validationToken=a%20b&x") == "a b");
    CHECK(answerTo("validationToken=a&validationToken=b") == "a");
    CHECK_FALSE(findValidationToken(""));
    CHECK_FALSE(findValidationToken("validationtoken=a"));
    CHECK_FALSE(findValidationToken("xvalidationToken=a&validationToken"));
}

TEST_CASE("a token is decoded as form data", "[office365]") {
    CHECK(decodeValidationToken("Validation%3a+Testing%3A%2B%26") == "Validation: Testing:+&");
    CHECK(decodeValidationToken("%C3%A4=1") == "\xC3\xA4=1");
    CHECK(decodeValidationToken("a'b\\/;") == "a'b\\/;");
}

TEST_CASE("what Graph would not send is no token", "[office365]") {
    const auto encoded = GENERATE(as<std::string>(), "", "%", "a%4", "a%4g", "<b>", "a%3Cscript%3E",
                                  "%22", "a%0d%0aSet-Cookie:x", "a%00", "%7f", "\x01");
    INFO(encoded);
    CHECK_FALSE(decodeValidationToken(encoded));
}

TEST_CASE("a token has at most 2 KiB", "[office365]") {
    const std::string longest(kMaxTokenBytes, 'a');
    CHECK(decodeValidationToken(longest) == longest);
    CHECK_FALSE(decodeValidationToken(longest + "a"));
    std::string encoded;
    for (std::size_t i = 0; i < kMaxTokenBytes; ++i) encoded += "%61";
    CHECK(decodeValidationToken(encoded) == longest);
    CHECK_FALSE(decodeValidationToken(encoded + "a"));
}
