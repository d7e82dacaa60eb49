// SPDX-License-Identifier: Apache-2.0
// Streams that the server resets, and requests that it never answers.
#include "engine_fixture.h"

#include <map>

using namespace postbell;
using namespace postbell::test;
using Catch::Matchers::Contains;
using engine::Failure;

namespace {
constexpr std::uint32_t kInternalError = 2, kRefusedStream = 7;
}

TEST_CASE("a refused stream is sent again on the same connection", "[engine]") {
    EngineFixture fixture(10.0);
    H2Script script;
    script.request = [seen = 0](H2TestConnection& connection, const SeenRequest& request) mutable {
        if (++seen <= 2) return connection.reset(request.stream_id, kRefusedStream);
        connection.answer(request.stream_id, 200);
    };
    H2TestServer server(fixture.certificate, script);
    fixture.open(fixture.options(server.origin()));

    CHECK(fixture.ask(1).status == 200);

    CHECK(server.requests().size() == 3);
    CHECK(server.connections() == 1);
    CHECK(fixture.stats().resent == 2);
    CHECK(server.requests().at(2).body == "{}");
}

TEST_CASE("a stream that is refused again and again is answered Refused", "[engine]") {
    EngineFixture fixture(20.0);
    H2Script script;
    script.request = [](H2TestConnection& connection, const SeenRequest& request) {
        connection.reset(request.stream_id, kRefusedStream);
    };
    H2TestServer server(fixture.certificate, script);
    fixture.open(fixture.options(server.origin()));

    const auto answer = fixture.ask(1);

    CHECK(answer.failure == Failure::Refused);
    CHECK(server.requests().size() == 5);
    CHECK(server.connections() == 1);
}

TEST_CASE("a stream reset for another reason is lost, and the connection goes on", "[engine]") {
    EngineFixture fixture;
    H2Script script;
    script.request = [](H2TestConnection& connection, const SeenRequest& request) {
        if (request.path == "/reset") return connection.reset(request.stream_id, kInternalError);
        connection.answer(request.stream_id, 200);
    };
    H2TestServer server(fixture.certificate, script);
    fixture.open(fixture.options(server.origin()));

    fixture.submit(1, "/reset");
    const auto answer = fixture.sink.wait(1);

    CHECK(answer.failure == Failure::Lost);
    CHECK_THAT(answer.detail, Contains("INTERNAL_ERROR"));
    CHECK(fixture.ask(2).status == 200);
    CHECK(server.connections() == 1);
}

TEST_CASE("a request without an answer times out, its stream is cancelled and its slot free",
          "[engine]") {
    EngineFixture fixture;
    H2Script script;
    script.max_streams = 2;
    script.request = [](H2TestConnection& connection, const SeenRequest& request) {
        if (request.path != "/slow") connection.answer(request.stream_id, 200);
    };
    H2TestServer server(fixture.certificate, script);
    auto options = fixture.options(server.origin());
    options.request_timeout = util::Milliseconds(100);
    fixture.open(options);
    fixture.ask(1);

    fixture.submit(2, "/slow");
    fixture.ask(4);
    const auto answer = fixture.sink.wait(2);

    CHECK(answer.failure == Failure::Timeout);
    CHECK_THAT(answer.detail, Contains("100 ms"));
    CHECK(eventually([&] { return fixture.slots() == 2; }));
    CHECK(fixture.ask(3).status == 200);
    CHECK(server.connections() == 1);
}

TEST_CASE("an answer after the time-out is not given", "[engine]") {
    EngineFixture fixture;
    H2Script script;
    script.request = [](H2TestConnection&, const SeenRequest&) {};
    H2TestServer server(fixture.certificate, script);
    auto options = fixture.options(server.origin());
    options.request_timeout = util::Milliseconds(50);
    fixture.open(options);

    CHECK(fixture.ask(1).failure == Failure::Timeout);
    server.each([](H2TestConnection& connection) { connection.answer(1, 200); });
    std::this_thread::sleep_for(std::chrono::milliseconds(50));

    CHECK(fixture.sink.count() == 1);
}

TEST_CASE("requests that wait for a stream time out as well", "[engine]") {
    EngineFixture fixture;
    H2Script script;
    script.max_streams = 0;
    H2TestServer server(fixture.certificate, script);
    auto options = fixture.options(server.origin());
    options.request_timeout = util::Milliseconds(100);
    fixture.open(options);

    const auto answer = fixture.ask(1);

    CHECK(answer.failure == Failure::Timeout);
    CHECK_THAT(answer.detail, Contains("waited to be sent"));
    CHECK(server.requests().empty());
}

TEST_CASE("the time-out is kept even when the socket takes nothing any more", "[engine]") {
    EngineFixture fixture;
    H2Script script;
    script.request = [](H2TestConnection& connection, const SeenRequest&) { connection.mute(); };
    H2TestServer server(fixture.certificate, script);
    auto options = fixture.options(server.origin());
    options.request_timeout = util::Milliseconds(200);
    options.ping_timeout = util::Milliseconds(200);
    fixture.open(options);
    fixture.submit(1);

    REQUIRE(eventually([&] { return fixture.slots() > 90; }));
    const std::string body(60'000, 'x');
    for (std::uint64_t tag = 2; tag <= 90; ++tag) fixture.submit(tag, "/", {}, body);

    for (std::uint64_t tag = 1; tag <= 90; ++tag) {
        const auto failure = fixture.sink.wait(tag).failure;
        CHECK((failure == Failure::Timeout || failure == Failure::Lost));
    }
    // The PING that the time-outs caused was not answered either.
    CHECK(eventually([&] { return fixture.stats().connected == 0; }));
}
