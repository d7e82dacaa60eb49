// SPDX-License-Identifier: Apache-2.0
// An allocation that fails costs one connection at most.
#include <catch2/catch.hpp>

#include <atomic>

#include "net/server_state.h"
#include "server_fixture.h"
#include "support/failing_new.h"

using namespace postbell::net;
using postbell::test::RawClient;
using postbell::testing::endOfFailures;
using postbell::testing::failAllocations;

TEST_CASE("a place among the requests in work is given back once") {
    const auto count = std::make_shared<WorkCount>();
    auto first = InWork::tryEnter(count, 1);
    REQUIRE(first);
    CHECK_FALSE(InWork::tryEnter(count, 1));
    CHECK(count->requests == 1);

    first->leave();
    first->leave();
    CHECK(count->requests == 0);
    {
        InWork moved = InWork::tryEnter(count, 1).value();
        const InWork kept = std::move(moved);
        CHECK(count->requests == 1);
    }
    CHECK(count->requests == 0);
}

TEST_CASE("a responder that is dropped where memory is short answers 500 all the same") {
    ServerUnderTest server(Limits{}, [](Request&&, Responder&& responder) {
        failAllocations(0, 2);
        { const Responder dropped = std::move(responder); }
        endOfFailures();
    });
    RawClient client = server.client();
    client.send(post("x"));

    const auto answer = client.readResponse();

    REQUIRE(answer);
    CHECK(answer->status == 500);
    CHECK(server->stats().in_work == 0);
}

TEST_CASE("wherever memory ends while a server is started, the threads that it has are ended") {
    postbell::log::Log log({.level = postbell::log::Level::Error,
                            .format = postbell::log::Format::Text,
                            .file = "/dev/null"});
    for (std::size_t granted = 0;; ++granted) {
        HttpServer server(ServerUnderTest::settings({}, "127.0.0.1:0", 5), echo, log);
        failAllocations(granted, 1);
        try {
            server.start();
        } catch (const std::bad_alloc&) {
        }
        if (endOfFailures() == 0) break;
    }
}

TEST_CASE(
    "whichever allocation of a request fails, its place is given back and others are served") {
    std::atomic<std::size_t> after{0};
    ServerUnderTest server(
        Limits{.in_work = 1}, [&after](Request&& request, Responder&& responder) {
            if (request.path == "/begin") failAllocations(after, 1);
            if (request.path == "/end") endOfFailures();
            responder.send({200, {}, "a body that is longer than the string's own memory"});
        });
    const auto ask = [](RawClient& client, const std::string& path) {
        client.send("POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
        const auto answer = client.readResponse();
        return answer ? answer->status : 0;
    };
    for (; after < 60; ++after) {
        CAPTURE(after.load());
        RawClient first = server.client(), second = server.client();
        ask(first, "/begin");
        ask(second, "/any");

        RawClient last = server.client();
        // The failure may still be ahead, and cost this one.
        if (ask(last, "/end") != 200) {
            RawClient another = server.client();
            REQUIRE(ask(another, "/end") == 200);
        }
        REQUIRE(server->stats().in_work == 0);
    }
}
