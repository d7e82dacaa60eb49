// SPDX-License-Identifier: Apache-2.0
// Each limit that is a number of something.
#include <fcntl.h>
#include <sys/resource.h>

#include <catch2/catch.hpp>

#include "server_fixture.h"

using namespace postbell::net;
using postbell::test::RawClient;
using End = RawClient::End;

TEST_CASE(
    "header bytes, header fields and body bytes are served up to the limit and refused beyond it") {
    ServerUnderTest server({.header_bytes = 200, .header_fields = 4, .body_bytes = 10});
    const auto statusOf = [&server](const std::string& request) {
        RawClient client = server.client();
        client.send(request);
        const auto response = client.readResponse();
        return response ? response->status : 0;
    };
    const std::string start = "GET / HTTP/1.1\r\nHost: a\r\n";
    CHECK(statusOf(start + "X: " + std::string(200 - start.size() - 7, 'x') + "\r\n\r\n") == 200);
    CHECK(statusOf(start + "X: " + std::string(200 - start.size() - 6, 'x') + "\r\n\r\n") == 431);
    CHECK(statusOf("GET /" + std::string(300, 'x')) == 414);
    CHECK(statusOf(start + "A: 1\r\nB: 2\r\nC: 3\r\n\r\n") == 200);
    CHECK(statusOf(start + "A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n\r\n") == 431);
    CHECK(statusOf(post("0123456789")) == 200);
    CHECK(statusOf(post("0123456789a")) == 413);
}

TEST_CASE("connections beyond the server's limit are closed, and room is made by those that go") {
    ServerUnderTest server({.connections = 2});
    RawClient first = server.client(), second = server.client();
    REQUIRE(server.eventually([](const ServerStats& stats) { return stats.connections == 2; }));
    RawClient third = server.client();
    CHECK(third.waitForEnd() != End::StillOpen);
    CHECK(server->stats().refused_overload == 1);

    first.close();
    REQUIRE(server.eventually([](const ServerStats& stats) { return stats.connections == 1; }));
    RawClient fourth = server.client();
    fourth.send(post("x"));
    CHECK(fourth.readResponse()->status == 200);
}

TEST_CASE("where all connections are taken, the one that was silent longest makes room") {
    ServerUnderTest server({.connections = 2, .connections_per_address = 2});
    RawClient silent = server.client(), busy = server.client();
    silent.send(post("x"));
    REQUIRE(silent.readResponse()->status == 200);
    std::this_thread::sleep_for(std::chrono::milliseconds(1'200));
    busy.send("POST /p HTTP/1.1\r\n");  // it is in the middle of a request
    std::this_thread::sleep_for(std::chrono::milliseconds(50));

    RawClient fresh = server.client();
    fresh.send(post("y"));
    const auto answer = fresh.readResponse();
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(silent.waitForEnd() == End::Closed);
    busy.send("Host: a\r\nContent-Length: 1\r\n\r\nz");
    CHECK(busy.readResponse()->status == 200);

    // A client served a moment ago is not silent: the newest is closed.
    CHECK(server.client().waitForEnd() != End::StillOpen);
    CHECK(server->stats().refused_overload == 1);
}

TEST_CASE("an address has a limit of its own, which leaves others alone") {
    ServerUnderTest server({.connections_per_address = 1}, echo, "[::]:0");
    RawClient first = server.client();
    REQUIRE(server.eventually([](const ServerStats& stats) { return stats.connections == 1; }));
    CHECK(server.client().waitForEnd() != End::StillOpen);
    RawClient other = server.client("::1");
    other.send(post("x"));
    CHECK(other.readResponse()->status == 200);
}

TEST_CASE("the last request that a connection may make says so") {
    ServerUnderTest server({.requests_per_connection = 2});
    RawClient client = server.client();
    client.send(post("1"));
    CHECK(client.readResponse()->header("connection").empty());
    client.send(post("2"));
    CHECK(client.readResponse()->header("connection") == "close");
    CHECK(client.waitForEnd() == End::Closed);
}

TEST_CASE("beyond the requests in work, the answer is 503 with Retry-After at once") {
    HeldRequests held;
    ServerUnderTest server({.in_work = 1}, held.handler());
    RawClient busy = server.client();
    busy.send(post("busy"));
    auto in_work = held.next();
    RawClient client = server.client();

    SECTION("a whole request: the connection stays usable") {
        client.send(post("refused") + post("refused, too"));
        for (int i = 0; i < 2; ++i) {
            const auto response = client.readResponse();
            CHECK(response->status == 503);
            CHECK(response->header("retry-after") == "1");
            CHECK(response->header("connection").empty());
        }
        in_work.second.send({204, {}, ""});
        client.send(post("served"));
        auto next = held.next();
        CHECK(next.first.body == "served");
        next.second.send({204, {}, ""});
        CHECK(client.readResponse()->status == 204);
    }
    SECTION("a body that is still to come is not waited for") {
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\nbegin");
        const auto response = client.readResponse();
        CHECK(response->status == 503);
        CHECK(response->header("connection") == "close");
        client.send(std::string(499'995, 'x'));
        CHECK(client.waitForEnd() == End::Closed);
    }
    CHECK(server->stats().refused_overload >= 1);
}

TEST_CASE("bodies on their way in have a limit together, small whole requests are not concerned") {
    ServerUnderTest server({.request_bytes = 100'000});
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\n";
    const std::string part(60'000, 'x'), rest(30'000, 'x');
    RawClient first = server.client(), second = server.client(), third = server.client();
    first.send(head + part);
    CHECK_FALSE(first.readResponse(false, std::chrono::milliseconds(50)));
    second.send(head + part);
    CHECK(second.readResponse()->status == 503);
    third.send(post("small"));
    CHECK(third.readResponse()->status == 200);
    first.send(rest);
    CHECK(first.readResponse()->status == 200);
    third.send(head + part);
    third.send(rest);
    CHECK(third.readResponse()->status == 200);
}

TEST_CASE("requests that wait for their answer count among those on their way in") {
    HeldRequests held;
    ServerUnderTest server({.request_bytes = 100'000}, held.handler());
    RawClient first = server.client(), second = server.client(), small = server.client();
    first.send(post(std::string(60'000, 'x')));
    auto in_work = std::make_unique<std::pair<Request, Responder>>(held.next());

    SECTION("a large one is refused meanwhile, also if it comes whole; a small one is not") {
        second.send(post(std::string(60'000, 'x')));
        const auto refused = second.readResponse();
        REQUIRE(refused);
        CHECK(refused->status == 503);
        CHECK(refused->header("retry-after") == "1");
        small.send(post("small"));
        CHECK(held.next().first.body == "small");
    }
    SECTION("and no longer than until they are destroyed") {
        in_work->second.send({204, {}, ""});
        CHECK(first.readResponse()->status == 204);
        in_work.reset();
        second.send(post(std::string(60'000, 'x')));
        CHECK(held.next().first.body.size() == 60'000);
    }
}

TEST_CASE("without descriptors, accepting pauses, and goes on when there are some again") {
    ServerUnderTest server;
    rlimit before{};
    getrlimit(RLIMIT_NOFILE, &before);
    // On a slow machine a second goes by, and the connection that was idle longest makes room.
    RawClient idle_longest = server.client(), waiting = server.client();
    REQUIRE(server.eventually([](const ServerStats& stats) { return stats.connections == 2; }));
    waiting.send(post("x"));
    REQUIRE(waiting.readResponse());
    rlimit few = before;
    const int next = ::dup(waiting.descriptor());  // the lowest free number
    ::close(next);
    few.rlim_cur = static_cast<rlim_t>(next) + 1;  // one more: the client's own
    REQUIRE(setrlimit(RLIMIT_NOFILE, &few) == 0);
    RawClient refused = server.client();
    refused.send(post("x"));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    const std::clock_t cpu = std::clock();
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    const double used = static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC;
    waiting.send(post("y"));
    const auto while_full = waiting.readResponse();
    setrlimit(RLIMIT_NOFILE, &before);

    CHECK(used < 0.1);
    REQUIRE(while_full);
    CHECK(while_full->status == 200);
    const auto late = refused.readResponse();
    REQUIRE(late);
    CHECK(late->status == 200);
}

TEST_CASE("two servers cannot share a port") {
    ServerUnderTest server;
    postbell::log::Log log({.level = postbell::log::Level::Error,
                            .format = postbell::log::Format::Text,
                            .file = "/dev/null"});
    const std::string address = "127.0.0.1:" + std::to_string(server->port());
    CHECK_THROWS_WITH(HttpServer(ServerUnderTest::settings({}, address), echo, log),
                      Catch::Contains(address) && Catch::Contains("Address already in use"));
    CHECK_THROWS_WITH(HttpServer(ServerUnderTest::settings({}, "nonsense"), echo, log),
                      Catch::Contains("nonsense"));
}
