// SPDX-License-Identifier: Apache-2.0
// Each limit that is a time.
#include <catch2/catch.hpp>

#include "server_fixture.h"

using namespace postbell::net;
using postbell::test::RawClient;
using End = RawClient::End;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

namespace {

/// Sends a byte every 50 ms until an answer comes: each read is quick, the whole is not.
std::optional<postbell::test::RawResponse> drip(RawClient& client, const std::string& start) {
    client.send(start);
    for (int i = 0; i < 60; ++i) {
        client.send("x");
        if (auto response = client.readResponse(false, 50ms)) return response;
    }
    return std::nullopt;
}

}  // namespace

TEST_CASE("a connection that never sends a byte is closed without a word") {
    ServerUnderTest server({.first_byte_timeout = 200ms});
    const auto start = Clock::now();
    RawClient client = server.client();
    CHECK_FALSE(client.readResponse().has_value());
    CHECK(client.waitForEnd() != End::StillOpen);
    CHECK(Clock::now() - start > 150ms);
    CHECK(server->stats().timed_out == 1);
}

TEST_CASE("a header that drips in gets 408, however short each wait is") {
    ServerUnderTest server({.header_timeout = 300ms});
    RawClient client = server.client();
    const auto start = Clock::now();
    const auto response = drip(client, "GET / HTTP/1.1\r\nX: ");
    REQUIRE(response);
    CHECK(response->status == 408);
    CHECK(response->header("connection") == "close");
    CHECK(Clock::now() - start < 2s);
    CHECK(server->stats().timed_out == 1);
}

TEST_CASE("a body that drips in gets 408") {
    ServerUnderTest server({.body_timeout = 300ms});
    RawClient client = server.client();
    SECTION("with a length") {
        const auto response =
            drip(client, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n");
        REQUIRE(response);
        CHECK(response->status == 408);
    }
    SECTION("chunked") {
        const auto response =
            drip(client, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n");
        REQUIRE(response);
        CHECK(response->status == 408);
    }
}

TEST_CASE("a kept connection that idles too long is closed without a word") {
    ServerUnderTest server({.idle_timeout = 200ms});
    RawClient client = server.client();
    client.send(post("x"));
    REQUIRE(client.readResponse());
    const auto start = Clock::now();
    CHECK(client.waitForEnd() == End::Closed);
    CHECK(Clock::now() - start > 150ms);
}

TEST_CASE("the idle time begins anew with each answer") {
    ServerUnderTest server({.idle_timeout = 1'500ms});
    RawClient client = server.client();
    for (int i = 0; i < 5; ++i) {
        client.send(post("x"));
        REQUIRE(client.readResponse());
        std::this_thread::sleep_for(400ms);
    }
}

TEST_CASE("a client that does not take its answer is dropped") {
    ServerUnderTest server({.write_timeout = 300ms}, [](Request&&, Responder&& responder) {
        responder.send({200, {}, std::string(16 * 1024 * 1024, 'x')});
    });
    RawClient client(server->port(), "127.0.0.1", 4096);
    client.send(post(""));
    CHECK(server.eventually(
        [](const ServerStats& stats) { return stats.timed_out == 1 && stats.connections == 0; }));
}

TEST_CASE("a request in work may take its time") {
    HeldRequests held;
    ServerUnderTest server({.first_byte_timeout = 100ms,
                            .header_timeout = 100ms,
                            .body_timeout = 100ms,
                            .idle_timeout = 100ms},
                           held.handler());
    RawClient client = server.client();
    client.send(post("x"));
    auto [request, responder] = held.next();
    std::this_thread::sleep_for(400ms);
    responder.send({200, {}, "slow"});
    CHECK(client.readResponse()->body == "slow");
}
