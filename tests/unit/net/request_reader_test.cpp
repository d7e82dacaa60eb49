// SPDX-License-Identifier: Apache-2.0
#include "net/request_reader.h"

#include <catch2/catch.hpp>

#include <string>

using namespace postbell::net;
using Progress = RequestReader::Progress;

namespace {

std::string headOf(const std::string& fields) {
    return "POST /p?q HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}

}  // namespace

TEST_CASE("an incomplete head uses up no byte, and is read again with more behind") {
    const Limits limits;
    RequestReader reader(limits);
    const std::string head = headOf("Content-Length: 0\r\n");
    for (std::size_t size = 0; size < head.size(); ++size)
        REQUIRE(reader.readHead(head.substr(0, size)) == 0);
    CHECK(reader.progress() == Progress::Head);

    CHECK(reader.readHead(head + "next") == head.size());
    CHECK(reader.progress() == Progress::HeadDone);
    CHECK(reader.head().query == "q");
}

TEST_CASE("a body of a known length is read up to its end, and not beyond") {
    const Limits limits;
    RequestReader reader(limits);
    reader.readHead(headOf("Content-Length: 5\r\n"));
    CHECK_FALSE(reader.bodyIsWithin(4));
    CHECK(reader.bodyIsWithin(5));

    CHECK(reader.readBody("ab") == 2);
    CHECK(reader.progress() == Progress::Body);
    CHECK(reader.readBody("cdeNEXT") == 3);
    REQUIRE(reader.progress() == Progress::Complete);
    CHECK(reader.take().body == "abcde");
}

TEST_CASE("a chunked body is put together, and its end is not known before") {
    const Limits limits;
    RequestReader reader(limits);
    reader.readHead(headOf("Transfer-Encoding: chunked\r\n"));
    CHECK_FALSE(reader.bodyIsWithin(1'000));

    CHECK(reader.readBody("3\r\nabc\r\n") == 8);
    CHECK(reader.readBody("2\r\nde\r\n0\r\n\r\nNEXT") == 12);
    REQUIRE(reader.progress() == Progress::Complete);
    CHECK(reader.take().body == "abcde");
}

TEST_CASE("a body that is too large is refused by its length, or where it grows beyond") {
    Limits limits;
    limits.body_bytes = 4;
    RequestReader reader(limits);
    SECTION("of a known length, with the head") {
        reader.readHead(headOf("Content-Length: 5\r\n"));
    }
    SECTION("chunked") {
        reader.readHead(headOf("Transfer-Encoding: chunked\r\n"));
        reader.readBody("5\r\nabcde\r\n0\r\n\r\n");
    }
    REQUIRE(reader.progress() == Progress::Refused);
    CHECK(reader.refusal().status == 413);
}

TEST_CASE("a malformed head is refused") {
    const Limits limits;
    RequestReader reader(limits);
    reader.readHead("POST /p HTTP/1.1\r\nno field\r\n\r\n");
    REQUIRE(reader.progress() == Progress::Refused);
    CHECK(reader.refusal().status == 400);
}

TEST_CASE("a client's word alone reserves a few kilobytes at most") {
    const Limits limits;
    RequestReader reader(limits);
    reader.readHead(headOf("Content-Length: 1000000\r\n"));
    reader.readBody("a");
    CHECK(reader.memory() <= 8 * 1024);
}

TEST_CASE("a request that is given up gives its memory back") {
    const Limits limits;
    RequestReader reader(limits);
    reader.readHead(headOf("Content-Length: 1000000\r\n"));
    reader.readBody(std::string(500'000, 'x'));
    CHECK(reader.memory() >= 500'000);
    reader.reset();
    CHECK(reader.memory() < 1'000);
}

TEST_CASE("a request that was taken or given up leaves nothing to the next") {
    const Limits limits;
    RequestReader reader(limits);
    reader.readHead(headOf("Transfer-Encoding: chunked\r\n"));
    SECTION("taken") {
        reader.readBody("3\r\nabc\r\n0\r\n\r\n");
        CHECK(reader.take().path == "/p");
    }
    SECTION("given up in the middle") {
        reader.readBody("3\r\nab");
        reader.reset();
    }
    CHECK(reader.progress() == Progress::Head);
    reader.readHead("POST /other HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n");
    reader.readBody("x");
    REQUIRE(reader.progress() == Progress::Complete);
    const Request request = reader.take();
    CHECK(request.path == "/other");
    CHECK(request.headers.size() == 2);
    CHECK(request.body == "x");
}
