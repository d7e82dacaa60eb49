// SPDX-License-Identifier: Apache-2.0
#include "net/response_writer.h"

#include <catch2/catch.hpp>

using namespace postbell::net;

namespace {

std::string write(const Response& response, const AnswerForm& form = {}) {
    std::string out;
    writeResponse(out, response, form, "now");
    return out;
}

}  // namespace

TEST_CASE("an answer has status, date, its fields and its length") {
    CHECK(
        write({200, {{"Content-Type", "text/xml"}}, "<a/>"}) ==
        "HTTP/1.1 200 OK\r\ndate: now\r\nContent-Type: text/xml\r\ncontent-length: 4\r\n\r\n<a/>");
}

TEST_CASE("204 and 304 have neither body nor length, HEAD has the length alone") {
    CHECK(write({204, {}, "x"}) == "HTTP/1.1 204 No Content\r\ndate: now\r\n\r\n");
    CHECK(write({304, {}, "x"}) == "HTTP/1.1 304 Not Modified\r\ndate: now\r\n\r\n");
    CHECK(write({200, {}, "four"}, {.head_only = true}) ==
          "HTTP/1.1 200 OK\r\ndate: now\r\ncontent-length: 4\r\n\r\n");
}

TEST_CASE("Connection says what happens next where the version does not") {
    CHECK(write({204, {}, ""}, {.keep_alive = false}) ==
          "HTTP/1.1 204 No Content\r\ndate: now\r\nconnection: close\r\n\r\n");
    CHECK(write({204, {}, ""}, {.http_1_0 = true}) ==
          "HTTP/1.1 204 No Content\r\ndate: now\r\nconnection: keep-alive\r\n\r\n");
}

TEST_CASE("fields that frame the message are the server's alone") {
    CHECK(write({204,
                 {{"Content-Length", "9"},
                  {"transfer-encoding", "chunked"},
                  {"Date", "x"},
                  {"connection", "close"}},
                 ""}) == "HTTP/1.1 204 No Content\r\ndate: now\r\n\r\n");
    CHECK(asksToClose({200, {{"Connection", "Close"}}, ""}));
}

TEST_CASE("a field with a line break is left out, so that it cannot begin another answer") {
    std::string out;
    const Response response{204, {{"x", "a\r\nset-cookie: b"}, {"y z", "1"}, {"ok", "1"}}, ""};
    const auto* left_out = writeResponse(out, response, {}, "now");
    REQUIRE(left_out);
    CHECK(left_out->first == "x");
    CHECK(out == "HTTP/1.1 204 No Content\r\ndate: now\r\nok: 1\r\n\r\n");
}

TEST_CASE("a status that is none becomes 500") {
    CHECK(write({0, {}, ""}).rfind("HTTP/1.1 500 Internal Server Error\r\n", 0) == 0);
    CHECK(write({100, {}, ""}).rfind("HTTP/1.1 500", 0) == 0);
}

TEST_CASE("a problem is JSON with a title and the status") {
    const Response response = problem(400, "a \"title\"");
    CHECK(response.status == 400);
    CHECK(response.headers == HeaderList{{"content-type", "application/problem+json"}});
    CHECK(response.body == R"({"title":"a \"title\"","status":400})");
}
