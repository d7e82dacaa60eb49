// SPDX-License-Identifier: Apache-2.0
// Push networks that send without end, and their cost to the others on the same loop.
#include <nghttp2/nghttp2.h>

#include "engine/frame_budget.h"
#include "engine_fixture.h"

using namespace postbell;
using namespace postbell::test;
using Catch::Matchers::Contains;
using engine::Failure;
using engine::FrameBudget;
using namespace std::chrono_literals;

namespace {

constexpr std::uint8_t kEndHeaders = NGHTTP2_FLAG_END_HEADERS;

std::string frame(std::uint8_t type, std::uint8_t flags, std::int32_t stream,
                  const std::string& payload = {}) {
    const auto byte = [](std::size_t value, int shift) {
        return static_cast<char>((value >> shift) & 0xff);
    };
    const auto id = static_cast<std::size_t>(stream);
    std::string bytes{byte(payload.size(), 16), byte(payload.size(), 8), byte(payload.size(), 0),
                      static_cast<char>(type), static_cast<char>(flags)};
    bytes += {byte(id, 24), byte(id, 16), byte(id, 8), byte(id, 0)};
    return bytes + payload;
}

/// One frame after another, for a stream that waits for its answer.
struct Flood {
    const char* name;
    std::string first, again;
};

std::vector<Flood> floods(std::int32_t stream) {
    const std::string early_hints(
        "\x08\x03"
        "103",
        5),
        ok("\x88", 1), trailer("\0\1a\1b", 5);
    return {{"empty DATA", frame(NGHTTP2_HEADERS, kEndHeaders, stream, ok),
             frame(NGHTTP2_DATA, 0, stream)},
            {"tiny DATA", frame(NGHTTP2_HEADERS, kEndHeaders, stream, ok),
             frame(NGHTTP2_DATA, 0, stream, "x")},
            {"1xx", {}, frame(NGHTTP2_HEADERS, kEndHeaders, stream, early_hints)},
            {"trailers", frame(NGHTTP2_HEADERS, kEndHeaders, stream, ok),
             frame(NGHTTP2_HEADERS, kEndHeaders, stream, trailer)},
            {"PRIORITY", {}, frame(NGHTTP2_PRIORITY, 0, stream, std::string(5, '\0'))},
            {"PING", {}, frame(NGHTTP2_PING, 0, 0, "12345678")},
            {"PING answers", {}, frame(NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, "12345678")},
            {"SETTINGS", {}, frame(NGHTTP2_SETTINGS, 0, 0)},
            {"WINDOW_UPDATE", {}, frame(NGHTTP2_WINDOW_UPDATE, 0, 0, std::string("\0\0\0\1", 4))},
            {"CONTINUATION", frame(NGHTTP2_HEADERS, 0, stream, ok),
             frame(NGHTTP2_CONTINUATION, 0, stream)},
            {"unknown frames", {}, frame(0xfa, 0, 0)},
            {"resets of an old stream", {}, frame(NGHTTP2_RST_STREAM, 0, 1, std::string(4, '\0'))}};
}

/// A well-behaved server's pool on the same loop.
struct Neighbour {
    explicit Neighbour(EngineFixture& f) : fixture(f), server(f.certificate, {}) {
        fixture.loop.runAndWait([&] {
            pool = std::make_unique<engine::Pool>(fixture.loop, fixture.options(server.origin()),
                                                  sink, fixture.log);
        });
        ask();
    }
    ~Neighbour() {
        fixture.loop.runAndWait([&] { pool.reset(); });
    }
    std::chrono::milliseconds ask() {
        const auto begin = std::chrono::steady_clock::now();
        const std::uint64_t tag = ++last;
        fixture.loop.runAndWait([&] {
            const std::vector<engine::Header> headers;
            pool->submit({"POST", "/", headers, "{}"}, tag);
        });
        CHECK(sink.wait(tag).status == 200);
        return std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::steady_clock::now() - begin);
    }

    EngineFixture& fixture;
    H2TestServer server;
    RecordingSink sink;
    std::unique_ptr<engine::Pool> pool;
    std::uint64_t last = 0;
};

}  // namespace

TEST_CASE("a server that floods is dropped, fails, and delays no other", "[engine]") {
    EngineFixture fixture;
    Neighbour neighbour(fixture);
    const std::size_t kind = GENERATE(range(std::size_t{0}, std::size_t{13}));
    std::atomic<bool> over{false};
    std::string name = "key updates";
    if (kind < floods(1).size()) name = floods(1)[kind].name;
    H2Script script;
    script.request = [&](H2TestConnection& connection, const SeenRequest& request) {
        if (request.path == "/good") return connection.answer(request.stream_id, 200);
        const auto all = floods(request.stream_id);
        if (kind == all.size()) {
            connection.updateKeys(200'000);
        } else {
            connection.raw(all[kind].first);
            std::string chunk;
            while (chunk.size() < 64'000) chunk += all[kind].again;
            for (int i = 0; i < 300; ++i) connection.raw(chunk);
        }
        over = true;
    };
    H2TestServer server(fixture.certificate, script);
    fixture.open(fixture.options(server.origin()));
    fixture.submit(1, "/good");
    REQUIRE(fixture.sink.wait(1).status == 200);

    fixture.submit(2, "/flooded");
    std::chrono::milliseconds worst{0};
    do worst = std::max(worst, neighbour.ask());
    while (!over);

    INFO(name << ": worst answer beside it " << worst.count() << " ms");
    CHECK(worst < 250ms);
    const auto answer = fixture.sink.wait(2);
    CHECK(answer.failure == Failure::Lost);
    CHECK(answer.status == 0);
    CHECK(eventually([&] { return server.openConnections() == 0; }));
    if (name == "CONTINUATION" || name == "PING" || name == "SETTINGS" || name == "1xx" ||
        name == "trailers")
        return;  // nghttp2, or the answer's own limit, may have refused it first
    CHECK_THAT(answer.detail, Contains("floods"));
    CHECK(fixture.stats().connect_failures == 1);
    CHECK(fixture.slots() == 0);
}

TEST_CASE("a flood before the first request is a failed attempt", "[engine]") {
    EngineFixture fixture;
    H2Script script;
    script.connected = [](H2TestConnection& connection) {
        std::string chunk;
        while (chunk.size() < 64'000) chunk += frame(NGHTTP2_PRIORITY, 0, 1, std::string(5, '\0'));
        for (int i = 0; i < 20; ++i) connection.raw(chunk);
    };
    H2TestServer server(fixture.certificate, script);
    fixture.open(fixture.options(server.origin()));

    const auto answer = fixture.ask(1);

    CHECK(answer.failure != Failure::None);
    CHECK_THAT(answer.detail, Contains("floods"));
    CHECK(eventually([&] { return fixture.stats().connect_failures == 1; }));
    CHECK(fixture.slots() == 0);
}

TEST_CASE("the budget of frames: answers and time earn, up to a limit", "[engine]") {
    FrameBudget budget;
    const nghttp2_frame_hd ping{8, 0, NGHTTP2_PING, 0, 0};
    const nghttp2_frame_hd head{2'560, 1, NGHTTP2_HEADERS, 0, 0};
    for (long i = 0; i < FrameBudget::kMax; ++i) REQUIRE(budget.spend(ping));
    CHECK_FALSE(budget.spend(ping));

    budget.passed(1s);
    budget.answered();
    for (long i = 1; i < FrameBudget::kPerSecond + FrameBudget::kPerAnswer; ++i)
        REQUIRE(budget.spend(ping));
    CHECK_FALSE(budget.spend(ping));

    budget.passed(24h * 365);
    for (long i = 0; i < FrameBudget::kMax / 11; ++i) REQUIRE(budget.spend(head));
    CHECK_FALSE(budget.spend(head));
}

TEST_CASE("a thousand large answers at a time are no flood", "[engine]") {
    EngineFixture fixture;
    H2Script script;
    script.max_streams = 1'000;
    script.request = [](H2TestConnection& connection, const SeenRequest& request) {
        connection.answer(request.stream_id, 200, {{"a", "b"}}, std::string(64 * 1024, 'x'),
                          {{"grpc-status", "0"}});
    };
    H2TestServer server(fixture.certificate, script);
    fixture.open(fixture.options(server.origin()));
    REQUIRE(fixture.ask(1).status == 200);
    fixture.loop.runAndWait([&] {
        const std::vector<engine::Header> headers;
        for (std::uint64_t tag = 2; tag <= 1'001; ++tag)
            fixture.pool->submit({"POST", "/", headers, "{}"}, tag);
    });
    for (std::uint64_t tag = 2; tag <= 1'001; ++tag) REQUIRE(fixture.sink.wait(tag).status == 200);
    CHECK(fixture.stats().connects == 1);
}
