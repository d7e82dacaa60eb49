// SPDX-License-Identifier: Apache-2.0
#include "engine_fixture.h"

#include <algorithm>

using namespace postbell;
using namespace postbell::test;
using Catch::Matchers::Contains;
using engine::Failure;

namespace {

constexpr std::uint32_t kNoError = 0, kEnhanceYourCalm = 11;

void submitMany(EngineFixture& fixture, std::uint64_t first, std::uint64_t last) {
    fixture.loop.runAndWait([&] {
        const std::vector<engine::Header> headers;
        for (auto tag = first; tag <= last; ++tag)
            fixture.pool->submit({"POST", "/" + std::to_string(tag), headers, "{}"}, tag);
    });
}

long countPath(const H2TestServer& server, const std::string& path) {
    const auto all = server.requests();
    return std::count_if(all.begin(), all.end(),
                         [&](const auto& request) { return request.path == path; });
}

}  // namespace

TEST_CASE("requests that a GOAWAY left unprocessed are sent again, once, and the rest are awaited",
          "[engine]") {
    EngineFixture fixture;
    H2Script script;
    script.request = [](H2TestConnection& connection, const SeenRequest& request) {
        if (connection.number() > 1 || request.path == "/1") {
            connection.answer(request.stream_id, 200);
        } else if (request.path == "/6") {
            // 2 and 3 (streams 3 and 5) were taken; 4, 5 and 6 were not.
            connection.goaway(5, kNoError, R"({"reason":"Shutdown"})");
            connection.answer(3, 201);
            connection.answer(5, 202);
        }
    };
    H2TestServer server(fixture.certificate, script);
    fixture.open(fixture.options(server.origin()));
    fixture.submit(1, "/1");
    fixture.sink.wait(1);

    submitMany(fixture, 2, 6);

    CHECK(fixture.sink.wait(2).status == 201);
    CHECK(fixture.sink.wait(3).status == 202);
    for (std::uint64_t tag = 4; tag <= 6; ++tag) CHECK(fixture.sink.wait(tag).status == 200);
    CHECK(countPath(server, "/2") == 1);
    CHECK(countPath(server, "/3") == 1);
    CHECK(countPath(server, "/4") == 2);
    CHECK(server.connections() == 2);
    CHECK(fixture.stats().goaways == 1);
    CHECK(fixture.stats().resent == 3);
    CHECK(eventually([&] { return server.openConnections() == 1; }));
}

TEST_CASE("a graceful GOAWAY lets all streams finish while new requests go elsewhere", "[engine]") {
    EngineFixture fixture;
    H2Script script;
    script.request = [](H2TestConnection& connection, const SeenRequest& request) {
        if (connection.number() == 1 && request.path == "/2")
            return connection.goaway(0x7fffffff, kNoError, {});
        connection.answer(request.stream_id, 200);
    };
    H2TestServer server(fixture.certificate, script);
    fixture.open(fixture.options(server.origin()));
    fixture.submit(1, "/1");
    fixture.sink.wait(1);
    fixture.submit(2, "/2");
    REQUIRE(eventually([&] { return fixture.stats().goaways == 1; }));
    CHECK(fixture.slots() == 1);

    fixture.submit(3, "/3");
    CHECK(fixture.sink.wait(3).status == 200);
    CHECK_FALSE(fixture.sink.has(2));
    server.each([](H2TestConnection& connection) {
        if (connection.number() == 1) connection.answer(3, 203);
    });

    CHECK(fixture.sink.wait(2).status == 203);
    CHECK(server.connections() == 2);
    CHECK(fixture.stats().resent == 0);
}

TEST_CASE("streams that a GOAWAY covers are lost if the connection ends without their answers",
          "[engine]") {
    EngineFixture fixture;
    H2Script script;
    script.request = [](H2TestConnection& connection, const SeenRequest& request) {
        if (request.path == "/1" || connection.number() > 1)
            return connection.answer(request.stream_id, 200);
        if (request.path != "/4") return;
        connection.goaway(3, kEnhanceYourCalm, "too\nmany");
    };
    H2TestServer server(fixture.certificate, script);
    fixture.open(fixture.options(server.origin()));
    fixture.submit(1, "/1");
    fixture.sink.wait(1);

    submitMany(fixture, 2, 4);
    REQUIRE(eventually([&] { return fixture.sink.has(3) && fixture.sink.has(4); }));
    server.each([](H2TestConnection& connection) {
        if (connection.number() == 1) connection.close();
    });

    const auto lost = fixture.sink.wait(2);
    CHECK(lost.failure == Failure::Lost);
    CHECK_THAT(lost.detail,
               Contains("GOAWAY ENHANCE_YOUR_CALM (too many)") && Contains("127.0.0.1"));
    CHECK(fixture.sink.wait(3).status == 200);
    CHECK(fixture.sink.wait(4).status == 200);
}

TEST_CASE("a server that sends a GOAWAY to everything is tried once more and then fails",
          "[engine]") {
    EngineFixture fixture(20.0);
    H2Script script;
    script.request = [](H2TestConnection& connection, const SeenRequest&) {
        connection.goaway(0, kNoError, {});
    };
    H2TestServer server(fixture.certificate, script);
    fixture.open(fixture.options(server.origin()));

    const auto answer = fixture.ask(1);

    CHECK(answer.failure == Failure::Connect);
    CHECK_THAT(answer.detail, Contains("GOAWAY NO_ERROR"));
    CHECK(server.connections() == 2);
    CHECK(fixture.stats().connect_failures == 1);
    CHECK(fixture.slots() == 0);
}
