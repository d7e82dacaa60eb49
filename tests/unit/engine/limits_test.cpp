// SPDX-License-Identifier: Apache-2.0
// The peer's MAX_CONCURRENT_STREAMS (RFC 9113, 5.1.2).
#include "engine_fixture.h"

#include <mutex>

using namespace postbell;
using namespace postbell::test;
using engine::Failure;

namespace {

// Answers only when told to.
struct HeldServer {
    explicit HeldServer(EngineFixture& fixture, std::optional<std::uint32_t> max_streams)
        : server(fixture.certificate, script(max_streams)) {}

    static H2Script script(std::optional<std::uint32_t> max_streams) {
        H2Script script;
        script.max_streams = max_streams;
        script.request = [](H2TestConnection&, const SeenRequest&) {};
        return script;
    }
    void answer(std::size_t first, std::size_t count) {
        const auto all = server.requests();
        for (std::size_t i = first; i < first + count; ++i)
            server.each([id = all.at(i).stream_id](H2TestConnection& connection) {
                connection.answer(id, 200);
            });
    }

    H2TestServer server;
};

// Fills the pool whenever it may.
void fillUpTo(EngineFixture& fixture, std::uint64_t last) {
    const auto next = std::make_shared<std::uint64_t>(1);
    const auto fill = [&fixture, next, last] {
        const std::vector<engine::Header> headers;
        while (*next <= last && fixture.pool->slots() > 0)
            fixture.pool->submit({"POST", "/", headers, "{}"}, (*next)++);
    };
    fixture.onReady(fill);
    fixture.loop.runAndWait(fill);
}

}  // namespace

TEST_CASE("a pool without a connection has one slot, and none while it connects", "[engine]") {
    EngineFixture fixture;
    HeldServer held(fixture, 5);
    fixture.open(fixture.options(held.server.origin()));
    REQUIRE(fixture.slots() == 1);

    unsigned after = 1;
    fixture.loop.runAndWait([&] {
        const std::vector<engine::Header> headers;
        fixture.pool->submit({"POST", "/", headers, "{}"}, 1);
        after = fixture.pool->slots();
    });

    CHECK(after == 0);
    CHECK(eventually([&] { return fixture.slots() == 4; }));
    CHECK(eventually([&] { return fixture.sink.readyCount() == 1; }));
}

TEST_CASE("the peer's stream limit is obeyed from the first request on", "[engine]") {
    EngineFixture fixture;
    HeldServer held(fixture, 1);
    fixture.open(fixture.options(held.server.origin()));

    fillUpTo(fixture, 5);
    for (std::size_t i = 0; i < 5; ++i) {
        REQUIRE(eventually([&] { return held.server.requests().size() == i + 1; }));
        CHECK(fixture.slots() == 0);
        held.answer(i, 1);
    }

    CHECK(eventually([&] { return fixture.sink.count() == 5; }));
    CHECK(held.server.peakStreams() == 1);
}

TEST_CASE("a limit that rises is used at once", "[engine]") {
    EngineFixture fixture;
    HeldServer held(fixture, 1);
    fixture.open(fixture.options(held.server.origin()));
    fillUpTo(fixture, 50);
    REQUIRE(eventually([&] { return held.server.requests().size() == 1; }));

    held.server.each([](H2TestConnection& connection) { connection.settings(20); });

    CHECK(eventually([&] { return held.server.requests().size() == 20; }));
    CHECK(held.server.peakStreams() == 20);
}

TEST_CASE("a limit that falls is obeyed, to one or to none, until it rises again", "[engine]") {
    EngineFixture fixture;
    HeldServer held(fixture, 10);
    fixture.open(fixture.options(held.server.origin()));
    fillUpTo(fixture, 40);
    REQUIRE(eventually([&] { return held.server.requests().size() == 10; }));
    const std::uint32_t low = GENERATE(0u, 1u);

    // Before the answers, on the same connection.
    held.server.each([low](H2TestConnection& connection) { connection.settings(low); });
    held.answer(0, 10);
    REQUIRE(eventually([&] { return fixture.sink.count() == 10; }));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    CHECK(held.server.requests().size() == 10 + low);
    CHECK(fixture.slots() == 0);

    held.server.each([](H2TestConnection& connection) { connection.settings(5); });
    CHECK(eventually([&] { return held.server.requests().size() == 15; }));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    CHECK(held.server.requests().size() == 15);
}

TEST_CASE("requests of the turn in which the limit falls are held back, not lost", "[engine]") {
    EngineFixture fixture;
    HeldServer held(fixture, 10);
    auto options = fixture.options(held.server.origin());
    fixture.open(options);
    fillUpTo(fixture, 1);
    REQUIRE(eventually([&] { return held.server.requests().size() == 1; }));

    held.server.each([](H2TestConnection& connection) { connection.settings(2); });
    fixture.loop.runAndWait([&] {
        // The loop is busy while the new limit arrives: it is read after these were submitted.
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        const std::vector<engine::Header> headers;
        for (std::uint64_t tag = 2; tag <= 8; ++tag)
            fixture.pool->submit({"POST", "/", headers, "{}"}, tag);
    });
    for (std::size_t i = 0; i < 8; ++i) {
        REQUIRE(eventually([&] { return held.server.requests().size() > i; }));
        held.answer(i, 1);
    }

    CHECK(eventually([&] { return fixture.sink.count() == 8; }));
    for (std::uint64_t tag = 1; tag <= 8; ++tag) CHECK(fixture.sink.wait(tag).status == 200);
}

TEST_CASE("a peer without a limit gets at most a thousand streams", "[engine]") {
    EngineFixture fixture;
    HeldServer held(fixture, std::nullopt);
    fixture.open(fixture.options(held.server.origin()));

    fillUpTo(fixture, 1'500);

    CHECK(eventually([&] { return held.server.requests().size() == 1'000; }));
    CHECK(fixture.slots() == 0);
    CHECK(held.server.peakStreams() == 1'000);
}
