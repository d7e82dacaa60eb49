// SPDX-License-Identifier: Apache-2.0
// Connections that the caller does not want any more because of an answer.
#include "engine_fixture.h"

using namespace postbell;
using namespace postbell::test;
using engine::Failure;

namespace {

/// As Apple's servers do before they go down for maintenance: 503 for all that comes, and the
/// connection stays open.
H2Script firstConnectionIsShuttingDown() {
    H2Script script;
    script.request = [](H2TestConnection& connection, const SeenRequest& request) {
        if (request.path == "/slow" && connection.number() == 1) return;
        connection.answer(request.stream_id, connection.number() == 1 ? 503 : 200);
    };
    return script;
}

void retire(EngineFixture& fixture, std::uint64_t connection) {
    fixture.loop.runAndWait([&] { fixture.pool->retire(connection); });
}

}  // namespace

TEST_CASE("an answer names its connection, and the next request after its retirement uses another",
          "[engine]") {
    EngineFixture fixture;
    H2TestServer server(fixture.certificate, firstConnectionIsShuttingDown());
    fixture.open(fixture.options(server.origin()));
    const auto refused = fixture.ask(1);
    REQUIRE(refused.status == 503);
    REQUIRE(refused.connection != 0);
    REQUIRE(fixture.ask(2).connection == refused.connection);

    retire(fixture, refused.connection);

    const auto delivered = fixture.ask(3);
    CHECK(delivered.status == 200);
    CHECK(delivered.connection != refused.connection);
    CHECK(server.connections() == 2);
    CHECK(eventually([&] { return server.openConnections() == 1; }));
}

TEST_CASE("a network that fails with every answer does not get a new connection each time",
          "[engine]") {
    EngineFixture fixture;
    H2Script script;
    script.request = [](H2TestConnection& connection, const SeenRequest& request) {
        connection.answer(request.stream_id, 503);
    };
    H2TestServer server(fixture.certificate, std::move(script));
    engine::PoolOptions options = fixture.options(server.origin());
    SECTION("one in the pause, as many as may be open") {
        fixture.open(options);
        for (std::uint64_t tag = 1; tag <= 5; ++tag) retire(fixture, fixture.ask(tag).connection);
        CHECK(server.connections() == 2);
    }
    SECTION("another after the pause") {
        options.retire_pause = util::Milliseconds(50);
        fixture.open(options);
        retire(fixture, fixture.ask(1).connection);
        retire(fixture, fixture.ask(2).connection);
        CHECK(eventually([&] {
            retire(fixture, fixture.ask(server.requests().size() + 1).connection);
            return server.connections() > 2;
        }));
    }
}

TEST_CASE("a retired connection finishes its requests", "[engine]") {
    EngineFixture fixture;
    H2TestServer server(fixture.certificate, firstConnectionIsShuttingDown());
    fixture.open(fixture.options(server.origin()));
    fixture.ask(1);
    fixture.submit(2, "/slow");
    REQUIRE(eventually([&] { return server.requests().size() == 2; }));

    retire(fixture, fixture.ask(3).connection);
    CHECK(fixture.ask(4).status == 200);
    CHECK(server.openConnections() == 2);
    server.each([](H2TestConnection& connection) {
        if (connection.number() == 1) connection.answer(3, 203);
    });

    CHECK(fixture.sink.wait(2).status == 203);
    CHECK(eventually([&] { return server.openConnections() == 1; }));
    CHECK(fixture.stats().resent == 0);
}

TEST_CASE("a connection is retired inside the callback that brought the answer", "[engine]") {
    EngineFixture fixture;
    H2TestServer server(fixture.certificate, firstConnectionIsShuttingDown());
    fixture.open(fixture.options(server.origin()));
    fixture.onAnswer([&](std::uint64_t tag) {
        if (tag != 1) return;
        fixture.pool->retire(fixture.sink.wait(1).connection);
        const std::vector<engine::Header> headers;
        fixture.pool->submit({"POST", "/again", headers, "{}"}, 2);
    });

    fixture.submit(1);

    CHECK(fixture.sink.wait(2).status == 200);
    CHECK(server.connections() == 2);
}

TEST_CASE("the retirement of a connection that is gone, or never was, is nothing", "[engine]") {
    EngineFixture fixture;
    H2Script script;
    script.request = [](H2TestConnection& connection, const SeenRequest& request) {
        if (request.path == "/die") return connection.close();
        connection.answer(request.stream_id, 200);
    };
    H2TestServer server(fixture.certificate, script);
    fixture.open(fixture.options(server.origin()));
    const auto first = fixture.ask(1).connection;
    fixture.submit(2, "/die");
    const auto lost = fixture.sink.wait(2);
    CHECK(lost.failure == Failure::Lost);
    CHECK(lost.connection == 0);
    const auto second = fixture.ask(3).connection;

    retire(fixture, first);
    retire(fixture, 0);
    retire(fixture, second + 1);

    CHECK(fixture.ask(4).connection == second);
    CHECK(server.connections() == 2);
}
