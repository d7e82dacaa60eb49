// SPDX-License-Identifier: Apache-2.0
// Servers that take connections and never let a request through.
#include "engine_fixture.h"

using namespace postbell;
using namespace postbell::test;
using Catch::Matchers::Contains;
using engine::Failure;

TEST_CASE("a server that ends each connection after its SETTINGS fails at the second", "[engine]") {
    EngineFixture fixture(20.0);
    H2Script script;
    std::string expected;
    SECTION("by a GOAWAY") {
        script.connected = [](H2TestConnection& connection) { connection.goaway(0, 0, "bye"); };
        expected = "GOAWAY NO_ERROR (bye)";
    }
    SECTION("by closing") {
        script.max_streams = 0;  // the request waits
        script.connected = [](H2TestConnection& connection) {
            std::string settings("\0\0\0\4\0\0\0\0\0", 9);
            connection.raw(settings);
            connection.close();
        };
        expected = "ended: ";  // read as closed, or met by the next write
    }
    H2TestServer server(fixture.certificate, script);
    fixture.open(fixture.options(server.origin()));

    const auto answer = fixture.ask(1);

    CHECK(answer.failure == Failure::Connect);
    CHECK_THAT(answer.detail, Contains(expected));
    CHECK(server.connections() == 2);
    CHECK(fixture.stats().connect_failures == 1);
    CHECK(fixture.slots() == 0);
}

TEST_CASE("a server that allows no request for the time to connect is left, and fails",
          "[engine]") {
    EngineFixture fixture;
    H2Script script;
    script.max_streams = 0;
    H2TestServer server(fixture.certificate, script);
    auto options = fixture.options(server.origin());
    options.connect_timeout = util::Milliseconds(300);
    fixture.open(options);

    const auto answer = fixture.ask(1);

    CHECK(answer.failure == Failure::Connect);
    CHECK_THAT(answer.detail, Contains("the server allows no requests"));
    CHECK(fixture.slots() == 0);
    CHECK(eventually([&] { return server.openConnections() == 0; }));
}

TEST_CASE("many GOAWAYs on one connection are told twice", "[engine]") {
    EngineFixture fixture;
    H2Script script;
    script.request = [](H2TestConnection& connection, const SeenRequest& request) {
        for (int i = 0; i < 50; ++i) connection.goaway(request.stream_id, 0);
        connection.answer(request.stream_id, 200);
    };
    H2TestServer server(fixture.certificate, script);
    fixture.open(fixture.options(server.origin()));

    CHECK(fixture.ask(1).status == 200);
    CHECK(fixture.stats().goaways <= 2);
}
