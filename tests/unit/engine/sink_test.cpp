// SPDX-License-Identifier: Apache-2.0
// Calls that a sink may make while called.
#include <stdexcept>

#include "engine_fixture.h"

using namespace postbell;
using namespace postbell::test;
using engine::Failure;

namespace {
const std::vector<engine::Header> kNoHeaders;
}

TEST_CASE("the sink is never called from inside submit()", "[engine]") {
    EngineFixture fixture;
    H2TestServer server(fixture.certificate, {});
    const bool reachable = GENERATE(true, false);
    fixture.open(fixture.options(reachable ? server.origin()
                                           : "https://127.0.0.1:" + std::to_string(unusedPort())));
    bool inside = false, called_inside = false;
    fixture.onAnswer([&](std::uint64_t) { called_inside = called_inside || inside; });
    fixture.onReady([&] { called_inside = called_inside || inside; });

    fixture.loop.runAndWait([&] {
        inside = true;
        fixture.pool->submit({"POST", "/", kNoHeaders, "{}"}, 1);
        inside = false;
    });
    fixture.sink.wait(1);
    fixture.loop.runAndWait([] {});

    CHECK_FALSE(called_inside);
}

TEST_CASE("the sink may submit from answered() and from ready()", "[engine]") {
    EngineFixture fixture;
    H2Script script;
    script.max_streams = 3;
    H2TestServer server(fixture.certificate, script);
    fixture.open(fixture.options(server.origin()));
    std::uint64_t next = 1;
    const auto more = [&] {
        while (next <= 500 && fixture.pool->slots() > 0)
            fixture.pool->submit({"POST", "/", kNoHeaders, "{}"}, next++);
    };
    fixture.onAnswer([&](std::uint64_t) { more(); });
    fixture.onReady(more);

    fixture.loop.runAndWait(more);

    CHECK(eventually([&] { return fixture.sink.count() == 500; }));
    CHECK(server.peakStreams() <= 3);
}

TEST_CASE("the sink may destroy the pool from answered(), and nothing follows", "[engine]") {
    EngineFixture fixture;
    H2TestServer server(fixture.certificate, {});
    fixture.open(fixture.options(server.origin()));
    fixture.ask(1);
    fixture.onAnswer([&](std::uint64_t) { fixture.pool.reset(); });

    fixture.loop.runAndWait([&] {
        for (std::uint64_t tag = 2; tag <= 50; ++tag)
            fixture.pool->submit({"POST", "/", kNoHeaders, "{}"}, tag);
    });

    CHECK(eventually([&] { return fixture.sink.count() == 2; }));
    CHECK(eventually([&] { return server.openConnections() == 0; }));
    fixture.loop.runAndWait([] {});
    CHECK(fixture.sink.count() == 2);
}

TEST_CASE("the sink may destroy the pool from ready()", "[engine]") {
    EngineFixture fixture;
    H2Script script;
    script.request = [](H2TestConnection&, const SeenRequest&) {};
    H2TestServer server(fixture.certificate, script);
    fixture.open(fixture.options(server.origin()));
    fixture.onReady([&] { fixture.pool.reset(); });

    fixture.submit(1);

    CHECK(eventually([&] { return fixture.sink.readyCount() == 1; }));
    CHECK(eventually([&] { return server.openConnections() == 0; }));
    CHECK(fixture.sink.count() == 0);
}

TEST_CASE("the sink may destroy the pool when connecting has failed", "[engine]") {
    EngineFixture fixture;
    fixture.open(fixture.options("https://127.0.0.1:" + std::to_string(unusedPort())));
    fixture.onAnswer([&](std::uint64_t) { fixture.pool.reset(); });

    fixture.submit(1);

    CHECK(fixture.sink.wait(1).failure == Failure::Connect);
    fixture.loop.runAndWait([] {});
    CHECK_FALSE(fixture.pool);
}

TEST_CASE("a pool may be destroyed at any moment, and no callback follows", "[engine]") {
    EngineFixture fixture;
    H2TestServer server(fixture.certificate, {});

    for (int wait_us = 0; wait_us < 4'000; wait_us += 100) {
        fixture.open(fixture.options(server.origin()));
        fixture.submit(static_cast<std::uint64_t>(wait_us) + 1);
        std::this_thread::sleep_for(std::chrono::microseconds(wait_us));
        fixture.close();
        const auto count = fixture.sink.count();
        fixture.loop.runAndWait([] {});
        CHECK(fixture.sink.count() == count);
    }
    CHECK(eventually([&] { return server.openConnections() == 0; }));
}

TEST_CASE("a loop may end before its pool's connections have", "[engine]") {
    EngineFixture fixture;
    H2Script script;
    script.request = [](H2TestConnection&, const SeenRequest&) {};
    H2TestServer server(fixture.certificate, script);
    fixture.open(fixture.options(server.origin()));
    fixture.submit(1);
    REQUIRE(eventually([&] { return server.requests().size() == 1; }));

    fixture.loop.stop();
    fixture.close();

    CHECK(eventually([&] { return server.openConnections() == 0; }));
}

TEST_CASE("a sink that throws loses no other answer, and its pool goes on", "[engine]") {
    EngineFixture fixture;
    H2TestServer server(fixture.certificate, {});
    fixture.open(fixture.options(server.origin()));
    fixture.ask(1);
    fixture.onAnswer([](std::uint64_t tag) {
        if (tag < 4) throw std::runtime_error("out of memory");
    });

    fixture.loop.runAndWait([&] {
        for (std::uint64_t tag = 2; tag < 6; ++tag)
            fixture.pool->submit({"POST", "/", kNoHeaders, "{}"}, tag);
    });

    CHECK(eventually([&] { return fixture.sink.count() == 5; }));
    CHECK(fixture.ask(6).status == 200);
}
