// SPDX-License-Identifier: Apache-2.0
#include "engine_fixture.h"

using namespace postbell;
using namespace postbell::test;
using Catch::Matchers::Contains;
using engine::Failure;

TEST_CASE("a connection that dies loses its requests, and the next request makes a new one",
          "[engine]") {
    EngineFixture fixture;
    H2Script script;
    script.request = [](H2TestConnection& connection, const SeenRequest& request) {
        if (request.path == "/die") return connection.close();
        connection.answer(request.stream_id, 200);
    };
    H2TestServer server(fixture.certificate, script);
    fixture.open(fixture.options(server.origin()));
    fixture.ask(1);

    fixture.submit(2, "/die");
    const auto answer = fixture.sink.wait(2);

    CHECK(answer.failure == Failure::Lost);
    CHECK_THAT(answer.detail, Contains("127.0.0.1:" + std::to_string(server.port())));
    CHECK(fixture.slots() == 1);
    CHECK(fixture.ask(3).status == 200);
    CHECK(fixture.stats().connects == 2);
}

TEST_CASE(
    "after a failed attempt the pool has no slot until the backoff has passed, then says ready",
    "[engine]") {
    EngineFixture fixture(10.0);
    fixture.open(fixture.options("https://127.0.0.1:" + std::to_string(unusedPort())));
    CHECK(fixture.ask(1).failure == Failure::Connect);
    const auto failed = std::chrono::steady_clock::now();
    CHECK(fixture.slots() == 0);

    CHECK(eventually([&] { return fixture.sink.readyCount() == 1; }));

    // A second of the clock, halved at most by the jitter, ten times as fast.
    CHECK(std::chrono::steady_clock::now() - failed > std::chrono::milliseconds(40));
    CHECK(fixture.slots() == 1);
}

TEST_CASE("attempts that go on failing come ever more slowly", "[engine]") {
    EngineFixture fixture(100.0);
    fixture.open(fixture.options("https://127.0.0.1:" + std::to_string(unusedPort())));
    std::uint64_t next = 1;
    std::atomic<int> attempts{0};
    const auto attempt = [&] {
        const std::vector<engine::Header> headers;
        ++attempts;
        fixture.pool->submit({"POST", "/", headers, "{}"}, next++);
    };

    const auto begun = std::chrono::steady_clock::now();
    fixture.onReady(attempt);
    fixture.loop.runAndWait(attempt);
    CHECK(eventually([&] { return attempts >= 6; }));

    // 1 + 2 + 4 + 8 + 16 s of a clock that is a hundred times as fast, halved at most.
    CHECK(std::chrono::steady_clock::now() - begun >= std::chrono::milliseconds(155));
}

TEST_CASE("a server that closes each connection at once is not connected to in a hurry",
          "[engine]") {
    EngineFixture fixture(10.0);
    H2Script script;
    script.request = [](H2TestConnection& connection, const SeenRequest&) { connection.close(); };
    H2TestServer server(fixture.certificate, script);
    fixture.open(fixture.options(server.origin()));

    CHECK(fixture.ask(1).failure == Failure::Lost);
    CHECK(eventually([&] { return fixture.stats().connected == 0; }));

    CHECK(fixture.slots() == 0);
    CHECK(eventually([&] { return fixture.slots() == 1; }));
    CHECK(server.connections() == 1);
}

TEST_CASE("an answered request resets the backoff", "[engine]") {
    EngineFixture fixture(10.0);
    H2Script script;
    script.request = [](H2TestConnection& connection, const SeenRequest& request) {
        if (request.path == "/die") return connection.close();
        connection.answer(request.stream_id, 200);
    };
    H2TestServer server(fixture.certificate, script);
    fixture.open(fixture.options(server.origin()));

    for (std::uint64_t round = 0; round < 4; ++round) {
        fixture.submit(3 * round + 1, "/x");
        CHECK(fixture.sink.wait(3 * round + 1).status == 200);
        fixture.submit(3 * round + 2, "/die");
        CHECK(fixture.sink.wait(3 * round + 2).failure == Failure::Lost);
        // A connection that was of use may be replaced at once.
        CHECK(fixture.slots() == 1);
    }
}

TEST_CASE("a peer that breaks the protocol is left, and the answer says how", "[engine]") {
    EngineFixture fixture;
    H2Script script;
    script.request = [](H2TestConnection& connection, const SeenRequest& request) {
        if (request.path != "/break") return connection.answer(request.stream_id, 200);
        // DATA on stream 0: a connection error (RFC 9113, 6.1).
        connection.raw(std::string("\0\0\1\0\0\0\0\0\0x", 10));
    };
    H2TestServer server(fixture.certificate, script);
    fixture.open(fixture.options(server.origin()));
    fixture.ask(1);

    fixture.submit(2, "/break");
    const auto answer = fixture.sink.wait(2);

    CHECK(answer.failure == Failure::Lost);
    CHECK_THAT(answer.detail, Contains("broke the protocol"));
    CHECK(fixture.ask(3).status == 200);
}
