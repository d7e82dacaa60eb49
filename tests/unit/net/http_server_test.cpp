// SPDX-License-Identifier: Apache-2.0
// The server as a well-behaved client sees it.
#include "net/http_server.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <future>

#include "server_fixture.h"
#include "support/eventually.h"
#include "util/heartbeat.h"

using namespace postbell::net;
using postbell::test::RawClient;
using postbell::testing::eventually;
using End = RawClient::End;

TEST_CASE("a request is handed out whole and answered, and the connection stays for the next") {
    ServerUnderTest server;
    RawClient client = server.client();
    for (int i = 0; i < 3; ++i) {
        client.send(post("hello", "Content-Type: text/xml\r\n"));
        const auto response = client.readResponse();
        REQUIRE(response);
        CHECK(response->status == 200);
        CHECK(response->body == "POST /p? hello");
        CHECK(response->header("connection").empty());
        CHECK(response->header("date").find(" GMT") != std::string::npos);
    }
    CHECK(server->stats().requests == 3);
    CHECK(server->stats().accepted == 1);
}

TEST_CASE("a request may arrive byte by byte") {
    ServerUnderTest server;
    RawClient client = server.client();
    client.sendByteByByte(post("hello"));
    CHECK(client.readResponse()->body == "POST /p? hello");
}

TEST_CASE("a chunked body is put together, and its trailer is not the next request") {
    ServerUnderTest server;
    RawClient client = server.client();
    const std::string request =
        "PUT /p?q HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nGET: /evil\r\n\r\n";
    client.send(request);
    CHECK(client.readResponse()->body == "PUT /p?q abcde");
    client.sendByteByByte(request);
    CHECK(client.readResponse()->body == "PUT /p?q abcde");
}

TEST_CASE(
    "pipelined requests are answered in order, even when the answers come from another thread") {
    HeldRequests held;
    ServerUnderTest server(Limits{}, held.handler());
    RawClient client = server.client();
    client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n" + post("two") +
                "GET /3 HTTP/1.1\r\nHost: a\r\n\r\nGET /4 HT");
    for (int i = 0; i < 3; ++i) {
        auto [request, responder] = held.next();
        CHECK(server->stats().in_work == 1);  // the next one waits for this one's answer
        responder.send({200, {}, request.path + request.body});
    }
    CHECK(client.readResponse()->body == "/1");
    CHECK(client.readResponse()->body == "/ptwo");
    CHECK(client.readResponse()->body == "/3");
    client.send("TP/1.1\r\nHost: a\r\n\r\n");
    auto last = held.next();
    last.second.send({200, {}, last.first.path});
    CHECK(client.readResponse()->body == "/4");
}

TEST_CASE("thousands of pipelined requests need no deep stack") {
    ServerUnderTest server;
    RawClient client = server.client();
    std::string requests;
    for (int i = 0; i < 5000; ++i) requests += "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    std::thread sender([&] { client.send(requests); });
    for (int i = 0; i < 5000; ++i) REQUIRE(client.readResponse());
    sender.join();
}

TEST_CASE("Expect: 100-continue is answered at once") {
    ServerUnderTest server;
    RawClient client = server.client();
    client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    CHECK(client.readResponse()->status == 100);
    client.send("ok");
    CHECK(client.readResponse()->body == "PUT /? ok");
    client.send(post("sent without waiting", "Expect: 100-continue\r\n"));
    CHECK(client.readResponse()->status == 200);
}

TEST_CASE("HEAD gets the length without the body") {
    ServerUnderTest server;
    RawClient client = server.client();
    client.send("HEAD /p HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto response = client.readResponse(true);
    CHECK(response->header("content-length") == "9");
    client.send("GET /p HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(client.readResponse()->body == "GET /p? ");
}

TEST_CASE("HTTP/1.0 closes unless it asks to stay, HTTP/1.1 stays unless it asks to close") {
    ServerUnderTest server;
    RawClient old = server.client();
    old.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    CHECK(old.readResponse()->header("connection") == "keep-alive");
    old.send("GET / HTTP/1.0\r\n\r\n");
    CHECK(old.readResponse()->header("connection") == "close");
    CHECK(old.waitForEnd() == End::Closed);

    RawClient client = server.client();
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    CHECK(client.readResponse()->header("connection") == "close");
    CHECK(client.waitForEnd() == End::Closed);
}

TEST_CASE("a client that sends no more after its request still gets the answer") {
    HeldRequests held;
    ServerUnderTest server(Limits{}, held.handler());
    RawClient client = server.client();
    client.send(post("x"));
    client.endSending();
    auto [request, responder] = held.next();
    // The reactor takes what is ready in one round: with the later request it has met the end as
    // well.
    RawClient later = server.client();
    later.send(post("y"));
    held.next().second.send({204, {}, ""});
    responder.send({200, {}, "late"});
    CHECK(client.readResponse()->body == "late");
    CHECK(client.waitForEnd() == End::Closed);
}

TEST_CASE("waiting for an answer costs no processor time, even with more input there") {
    HeldRequests held;
    ServerUnderTest server(Limits{}, held.handler());
    RawClient client = server.client();
    client.send(post("x"));
    auto [request, responder] = held.next();
    client.send("GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const std::clock_t before = std::clock();
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    CHECK(static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC < 0.1);
    responder.send({204, {}, ""});
    CHECK(client.readResponse()->status == 204);
    CHECK(held.next().first.path == "/next");
}

TEST_CASE("a large answer reaches a client that reads slowly") {
    const std::string body(8 * 1024 * 1024, 'b');
    ServerUnderTest server(Limits{}, [&body](Request&&, Responder&& responder) {
        responder.send({200, {}, body});
    });
    RawClient client(server->port(), "127.0.0.1", 4096);
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    CHECK(client.readResponse()->body == body);
    CHECK(client.readResponse()->body == body);
}

TEST_CASE("a handler may ask for the connection's end") {
    ServerUnderTest server(Limits{}, [](Request&&, Responder&& responder) {
        responder.send({200, {{"Connection", "close"}}, ""});
    });
    RawClient client = server.client();
    client.send(post(""));
    CHECK(client.readResponse()->header("connection") == "close");
    CHECK(client.waitForEnd() == End::Closed);
}

TEST_CASE("a responder that is dropped answers 500, and so does a handler that throws") {
    SECTION("dropped in the handler") {
        ServerUnderTest server(Limits{}, [](Request&&, Responder&&) {});
        RawClient client = server.client();
        client.send(post(""));
        CHECK(client.readResponse()->status == 500);
    }
    SECTION("dropped on another thread") {
        HeldRequests held;
        ServerUnderTest server(Limits{}, held.handler());
        RawClient client = server.client();
        client.send(post(""));
        { auto dropped = held.next(); }
        CHECK(client.readResponse()->status == 500);
        CHECK(server->stats().in_work == 0);
    }
    SECTION("replaced by another") {
        HeldRequests held;
        ServerUnderTest server(Limits{}, held.handler());
        RawClient first = server.client(), second = server.client();
        first.send(post(""));
        auto one = held.next();
        second.send(post(""));
        auto two = held.next();
        one.second = std::move(two.second);
        CHECK(first.readResponse()->status == 500);
        one.second.send({204, {}, ""});
        CHECK(second.readResponse()->status == 204);
    }
    SECTION("thrown") {
        ServerUnderTest server(Limits{}, [](Request&& request, Responder&&) {
            if (request.body.empty()) throw std::runtime_error("oops");
            throw 42;
        });
        for (const char* body : {"", "no exception"}) {
            RawClient client = server.client();
            client.send(post(body));
            const auto response = client.readResponse();
            CHECK(response->status == 500);
            CHECK(response->header("content-type") == "application/problem+json");
        }
    }
}

TEST_CASE("a second send is without effect") {
    HeldRequests held;
    ServerUnderTest server(Limits{}, held.handler());
    RawClient client = server.client();
    client.send(post(""));
    auto [request, responder] = held.next();
    responder.send({204, {}, ""});
    responder.send({500, {}, ""});
    CHECK(client.readResponse()->status == 204);
}

TEST_CASE("an answer to a connection that ended is dropped, also when another took its place") {
    HeldRequests held;
    ServerUnderTest server(Limits{}, held.handler());
    RawClient gone = server.client();
    gone.send(post("gone"));
    auto late = held.next();
    gone.abort();
    REQUIRE(server.eventually([](const ServerStats& stats) { return stats.connections == 0; }));
    CHECK(server->stats().in_work == 1);

    RawClient next = server.client();
    next.send(post("next"));
    auto now = held.next();
    late.second.send({200, {}, "for gone"});
    now.second.send({200, {}, "for next"});
    CHECK(next.readResponse()->body == "for next");
    CHECK(server->stats().in_work == 0);
}

TEST_CASE("a request knows its peer, without a port") {
    const Handler sayPeer = [](Request&& request, Responder&& responder) {
        responder.send({200, {}, request.peer});
    };
    SECTION("IPv4") {
        ServerUnderTest server(Limits{}, sayPeer);
        RawClient client = server.client();
        client.send(post(""));
        CHECK(client.readResponse()->body == "127.0.0.1");
    }
    SECTION("IPv6, and IPv4 through a socket for both") {
        ServerUnderTest server(Limits{}, sayPeer, "[::]:0");
        RawClient ipv6 = server.client("::1");
        ipv6.send(post(""));
        CHECK(ipv6.readResponse()->body == "::1");
        RawClient ipv4 = server.client();
        ipv4.send(post(""));
        CHECK(ipv4.readResponse()->body == "127.0.0.1");
    }
}

TEST_CASE("a header is found by its name in lower case") {
    const Request request{"GET", "/", "", {{"host", "a"}, {"x", "1"}, {"x", "2"}}, "", ""};
    CHECK(request.header("x") == "1");
    CHECK(request.header("y").empty());
}

TEST_CASE("several reactors share the connections, and answers cross threads") {
    HeldRequests held;
    ServerUnderTest server(Limits{}, held.handler(), "127.0.0.1:0", 3);
    std::atomic<bool> done{false};
    std::vector<std::thread> workers;
    for (int i = 0; i < 2; ++i)
        workers.emplace_back([&] {
            while (!done) try {
                    auto [request, responder] = held.next();
                    responder.send({200, {}, request.body});
                } catch (const std::runtime_error&) {
                }
        });
    std::vector<std::thread> clients;
    std::atomic<int> answered{0};
    for (int i = 0; i < 6; ++i)
        clients.emplace_back([&, i] {
            RawClient client = server.client();
            for (int n = 0; n < 100; ++n) {
                const std::string body = std::to_string(i) + ":" + std::to_string(n);
                client.send(post(body));
                const auto response = client.readResponse();
                if (response && response->body == body) ++answered;
            }
        });
    for (std::thread& client : clients) client.join();
    done = true;
    RawClient last = server.client(), very_last = server.client();  // to wake the workers up
    last.send(post(""));
    very_last.send(post(""));
    for (std::thread& worker : workers) worker.join();
    CHECK(answered == 600);
}

TEST_CASE(
    "each reactor has a heartbeat: healthy while it waits, stuck while a handler holds it up") {
    postbell::util::Heartbeats heartbeats;
    std::promise<void> release;
    std::shared_future<void> held = release.get_future().share();
    ServerSettings settings = ServerUnderTest::settings({}, "127.0.0.1:0", 2);
    settings.heartbeats = &heartbeats;
    ServerUnderTest server(std::move(settings), [held](Request&& request, Responder&& responder) {
        held.wait();
        echo(std::move(request), std::move(responder));
    });
    RawClient client = server.client();
    client.send(post("x"));
    const auto stuck = [&heartbeats] {
        return heartbeats.stuck(postbell::util::realNow(),
                                [](const auto&) { return postbell::util::Milliseconds(50); });
    };
    CHECK(eventually([&] { return stuck().size() == 1 && stuck().front().name == "test-0"; }));
    CHECK(heartbeats.read().size() == 2);
    release.set_value();
    CHECK(client.readResponse()->status == 200);
    CHECK(eventually([&] { return stuck().empty(); }));
}

TEST_CASE("the answer to a client that is gone is not wanted any more") {
    HeldRequests held;
    ServerUnderTest server(Limits{}, held.handler());
    auto client = std::make_unique<RawClient>(server.client());
    std::string next;
    SECTION("it sent one request") {}
    SECTION("it sent more, which are not read before their turn") {
        next = post(std::string(100'000, 'x'));
    }
    client->send(post("x") + next);
    const auto request = held.next();
    CHECK(request.second.isWanted());

    client.reset();

    CHECK(postbell::testing::eventually([&] { return !request.second.isWanted(); }));
}
