// SPDX-License-Identifier: Apache-2.0
// The answers to a client that breaks the rules of HTTP/1.1.
#include <catch2/catch.hpp>

#include "server_fixture.h"

using namespace postbell::net;
using postbell::test::RawClient;
using End = RawClient::End;

namespace {

void checkRefused(ServerUnderTest& server, const std::string& bytes, int status) {
    CAPTURE(bytes.substr(0, 80));
    RawClient client = server.client();
    client.send(bytes);
    const auto response = client.readResponse();
    REQUIRE(response);
    CHECK(response->status == status);
    CHECK(response->header("content-type") == "application/problem+json");
    CHECK(response->header("connection") == "close");
    CHECK(response->body.find("\"status\":" + std::to_string(status)) != std::string::npos);
    CHECK(client.waitForEnd() == End::Closed);
}

}  // namespace

TEST_CASE("malformed requests get a 400 with a reason, and the connection is closed cleanly") {
    ServerUnderTest server;
    const std::string start = "POST / HTTP/1.1\r\nHost: a\r\n";
    const std::string requests[] = {
        start + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
        start + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        start + "Content-Length: -1\r\n\r\n",
        start + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        start + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
        start + "X : y\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\nHost: a\n\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) + std::string(500, 'r'),
        "GET http://other/ HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /#f HTTP/1.1\r\nHost: a\r\n\r\n",
    };
    for (const std::string& request : requests) checkRefused(server, request, 400);
    CHECK(server->stats().refused_malformed == std::size(requests));
    CHECK(server->stats().requests == 0);
}

TEST_CASE("other refusals have their own status") {
    ServerUnderTest server;
    checkRefused(server, "GET / HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\n\r\n", 417);
    checkRefused(server, "GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505);
}

TEST_CASE("a request smuggled behind a refused one is not served") {
    ServerUnderTest server;
    checkRefused(server,
                 "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: "
                 "chunked\r\n\r\n0\r\n\r\n"
                 "GET /evil HTTP/1.1\r\nHost: a\r\n\r\n",
                 400);
    CHECK(server->stats().requests == 0);
}

TEST_CASE("requests before a malformed one are answered first") {
    ServerUnderTest server;
    RawClient client = server.client();
    client.send(post("good") + "BAD\r\n");
    CHECK(client.readResponse()->body == "POST /p? good");
    CHECK(client.readResponse()->status == 400);
    CHECK(client.waitForEnd() == End::Closed);
}

TEST_CASE("a client that is still sending sees the 413, not a reset") {
    ServerUnderTest server({.body_bytes = 1000});
    const std::string megabytes(4 * 1024 * 1024, 'x');
    SECTION("announced by Content-Length") {
        checkRefused(server, post(megabytes), 413);
    }
    SECTION("found out in chunks") {
        checkRefused(
            server,
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + megabytes,
            413);
    }
    SECTION("asked for by Expect: the body is not invited") {
        checkRefused(
            server,
            "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1001\r\n\r\n",
            413);
    }
}

TEST_CASE("a refused client that goes on sending for ever is cut off") {
    ServerUnderTest server;
    RawClient client = server.client();
    client.send("BAD\r\n");
    const std::string block(64 * 1024, 'x');
    std::size_t sent = 0;
    while (sent < 512 * block.size() && client.send(block)) sent += block.size();
    CHECK(sent < 512 * block.size());
    CHECK(server.eventually([](const ServerStats& stats) { return stats.connections == 0; }));
}
