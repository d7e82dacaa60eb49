// SPDX-License-Identifier: Apache-2.0
// The end of a server, of its connections and of its responders.
#include <atomic>
#include <catch2/catch.hpp>
#include <random>

#include "server_fixture.h"

using namespace postbell::net;
using postbell::test::RawClient;
using End = RawClient::End;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

TEST_CASE("an address is free unless a server listens there, and the look is in no server's way") {
    ServerUnderTest server;
    const std::string address = "127.0.0.1:" + std::to_string(server->port());
    const auto problem = listenProblem("mailbox", address);
    REQUIRE(problem);
    CHECK_THAT(problem->sentence,
               Catch::Contains("the mailbox listener cannot listen on " + address) &&
                   Catch::Contains("another process listens there"));
    CHECK_FALSE(problem->of_user);

    server.destroy();

    CHECK_FALSE(listenProblem("mailbox", address));
    CHECK_NOTHROW(ServerUnderTest(Limits{}, echo, address));
}

TEST_CASE("stop closes idle connections, lets requests under way be answered, and accepts none") {
    HeldRequests held;
    ServerUnderTest server(Limits{}, held.handler(), "127.0.0.1:0", 2);
    RawClient idle = server.client(), kept = server.client(), busy = server.client(),
              sending = server.client();
    kept.send(post("kept"));
    held.next().second.send({204, {}, ""});
    REQUIRE(kept.readResponse());
    busy.send(post("busy"));
    auto in_work = held.next();
    sending.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nse");
    REQUIRE(server.eventually([](const ServerStats& stats) { return stats.connections == 4; }));
    std::this_thread::sleep_for(50ms);

    std::thread stopping([&] { server->stop(5'000ms); });
    CHECK(idle.waitForEnd() == End::Closed);
    CHECK(kept.waitForEnd() == End::Closed);
    CHECK_THROWS(server.client());
    in_work.second.send({200, {}, "answered"});
    const auto response = busy.readResponse();
    CHECK(response->body == "answered");
    CHECK(response->header("connection") == "close");
    sending.send("nt");
    auto last = held.next();
    CHECK(last.first.body == "sent");
    last.second.send({204, {}, ""});
    CHECK(sending.readResponse()->header("connection") == "close");
    const auto start = Clock::now();
    stopping.join();
    CHECK(Clock::now() - start < 2s);
    CHECK(server->stats().connections == 0);
}

TEST_CASE("stop does not wait longer than its deadline, and a later answer is harmless") {
    HeldRequests held;
    ServerUnderTest server(Limits{}, held.handler());
    RawClient client = server.client();
    client.send(post("x"));
    auto late = held.next();
    const auto start = Clock::now();
    server->stop(200ms);
    CHECK(Clock::now() - start > 150ms);
    CHECK(Clock::now() - start < 2s);
    CHECK(client.waitForEnd() != End::StillOpen);
    server.destroy();
    late.second.send({200, {}, "too late"});
}

TEST_CASE("a server may end while requests are in work, and at any other time") {
    SECTION("never started") {
        postbell::log::Log log({.level = postbell::log::Level::Error,
                                .format = postbell::log::Format::Text,
                                .file = "/dev/null"});
        HttpServer server(ServerUnderTest::settings(), echo, log);
        CHECK(server.port() != 0);
    }
    SECTION("stopped before it started") {
        postbell::log::Log log({.level = postbell::log::Level::Error,
                                .format = postbell::log::Format::Text,
                                .file = "/dev/null"});
        HttpServer server(ServerUnderTest::settings(), echo, log);
        server.stop(1000ms);
        CHECK_THROWS(server.start());
    }
    SECTION("stopped twice, and by two threads") {
        ServerUnderTest server;
        std::thread other([&] { server->stop(100ms); });
        server->stop(100ms);
        other.join();
        server->stop(0ms);
    }
    SECTION("a patient stop is cut short by one at once") {
        HeldRequests held;
        ServerUnderTest server(Limits{}, held.handler());
        RawClient client = server.client();
        client.send(post("x"));
        auto never_answered = held.next();
        const auto start = Clock::now();
        std::thread patient([&] { server->stop(60'000ms); });
        std::this_thread::sleep_for(50ms);
        server->stop(0ms);
        patient.join();
        CHECK(Clock::now() - start < 5s);
    }
    SECTION("responders outlive it") {
        std::vector<Responder> responders;
        {
            HeldRequests held;
            ServerUnderTest server(Limits{}, held.handler(), "127.0.0.1:0", 2);
            std::vector<RawClient> clients;
            for (int i = 0; i < 8; ++i) {
                clients.push_back(server.client());
                clients.back().send(post("x"));
                responders.push_back(std::move(held.next().second));
            }
        }
        responders.erase(responders.begin(),
                         responders.begin() + 4);  // some are dropped, some answer
        for (Responder& responder : responders) responder.send({204, {}, ""});
    }
    SECTION("answers arrive while it ends") {
        HeldRequests held;
        ServerUnderTest server(Limits{}, held.handler());
        std::vector<RawClient> clients;
        std::vector<Responder> responders;
        for (int i = 0; i < 50; ++i) {
            clients.push_back(server.client());
            clients.back().send(post("x"));
            responders.push_back(std::move(held.next().second));
        }
        std::thread answering([&] {
            for (Responder& responder : responders) responder.send({204, {}, ""});
        });
        server.destroy();
        answering.join();
    }
}

TEST_CASE("connections that end abruptly, at any point, leave the others alone") {
    HeldRequests held;
    ServerUnderTest server({.connections_per_address = 10'000}, held.handler(), "127.0.0.1:0", 2);
    std::atomic<bool> done{false};
    std::thread worker([&] {
        while (!done) try {
                auto [request, responder] = held.next();
                responder.send({200, {}, std::string(request.body == "big" ? 300'000 : 10, 'x')});
            } catch (const std::runtime_error&) {
            }
    });
    std::vector<std::thread> abrupt;
    for (unsigned seed = 0; seed < 3; ++seed)
        abrupt.emplace_back([&server, seed] {
            std::mt19937 random(seed);
            const std::string requests = post("big") + post("x") + post("big");
            for (int i = 0; i < 100; ++i) {
                std::vector<RawClient> clients;
                for (int n = 0; n < 4; ++n) clients.push_back(server.client());
                for (RawClient& client : clients)
                    client.send(requests.substr(0, random() % requests.size()));
                if (random() % 2) clients.front().readResponse(false, 5ms);
                for (RawClient& client : clients) random() % 3 ? client.abort() : client.close();
            }
        });
    RawClient steady = server.client();
    int answered = 0;
    for (int i = 0; i < 100; ++i) {
        steady.send(post("steady"));
        // Behind the others' in the worker's queue: under a sanitizer that takes its time.
        const auto response = steady.readResponse(false, 30s);
        if (response && response->status == 200) ++answered;
    }
    for (std::thread& thread : abrupt) thread.join();
    CHECK(answered == 100);
    steady.close();
    CHECK(server.eventually(
        [](const ServerStats& stats) { return stats.connections == 0 && stats.in_work == 0; }));
    done = true;
    RawClient last = server.client();
    last.send(post(""));
    worker.join();
}
