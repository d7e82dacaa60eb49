// SPDX-License-Identifier: Apache-2.0
#include "engine_fixture.h"

using namespace postbell;
using namespace postbell::test;
using Catch::Matchers::Contains;
using engine::Failure;

TEST_CASE("a silent connection is asked by PING, and kept while it answers", "[engine]") {
    EngineFixture fixture;
    H2TestServer server(fixture.certificate, {});
    auto options = fixture.options(server.origin());
    options.ping_after = util::Milliseconds(20);
    options.ping_timeout = util::Milliseconds(2'000);
    fixture.open(options);
    fixture.ask(1);

    CHECK(eventually([&] { return server.pings() >= 3; }));

    CHECK(fixture.stats().connected == 1);
    CHECK(fixture.ask(2).status == 200);
    CHECK(server.connections() == 1);
}

TEST_CASE("a connection that does not answer a PING is given up, and its requests are lost",
          "[engine]") {
    EngineFixture fixture;
    H2Script script;
    script.request = [](H2TestConnection& connection, const SeenRequest& request) {
        if (request.path == "/mute") return connection.mute();
        connection.answer(request.stream_id, 200);
    };
    H2TestServer server(fixture.certificate, script);
    auto options = fixture.options(server.origin());
    options.ping_after = util::Milliseconds(50);
    options.ping_timeout = util::Milliseconds(50);
    fixture.open(options);
    fixture.ask(1);

    fixture.submit(2, "/mute");
    const auto answer = fixture.sink.wait(2);

    CHECK(answer.failure == Failure::Lost);
    CHECK_THAT(answer.detail, Contains("PING"));
    CHECK(fixture.ask(3).status == 200);
    CHECK(server.connections() == 2);
}

TEST_CASE("a connection that was silent while a request timed out is replaced", "[engine]") {
    EngineFixture fixture;
    H2Script script;
    script.request = [](H2TestConnection& connection, const SeenRequest& request) {
        if (request.path == "/mute") return connection.mute();
        connection.answer(request.stream_id, 200);
    };
    H2TestServer server(fixture.certificate, script);
    auto options = fixture.options(server.origin());
    options.request_timeout = util::Milliseconds(1'000);
    options.ping_timeout = util::Milliseconds(3'000);
    fixture.open(options);

    fixture.submit(1, "/mute");  // the connection is opened for it

    CHECK(fixture.sink.wait(1).failure == Failure::Timeout);
    CHECK(fixture.ask(2).status == 200);
    CHECK(server.connections() == 2);
    CHECK(fixture.stats().connected == 1);
}

TEST_CASE("a connection that answers others while a request times out stays, alone", "[engine]") {
    EngineFixture fixture;
    H2Script script;
    script.request = [](H2TestConnection& connection, const SeenRequest& request) {
        if (request.path != "/never") connection.answer(request.stream_id, 200);
    };
    H2TestServer server(fixture.certificate, script);
    auto options = fixture.options(server.origin());
    options.request_timeout = util::Milliseconds(200);
    fixture.open(options);

    for (std::uint64_t tag = 1; tag <= 3; ++tag) {
        fixture.submit(tag, "/never");
        CHECK(fixture.ask(10 + tag).status == 200);
        CHECK(fixture.sink.wait(tag).failure == Failure::Timeout);
    }

    CHECK(fixture.ask(4).connection == 1);
    CHECK(eventually([&] { return fixture.stats().connected == 1; }));
    CHECK(eventually([&] { return server.openConnections() == 1; }));
}

TEST_CASE("a connection that answers PINGs but no request is replaced", "[engine]") {
    EngineFixture fixture;
    H2Script script;
    SECTION("no request is read to its end") {
        script.connected = [](H2TestConnection& connection) {
            if (connection.number() == 1) connection.initialWindow(0);
        };
    }
    SECTION("requests are read, and not answered any more") {
        script.request = [](H2TestConnection& connection, const SeenRequest& request) {
            if (connection.number() == 2 || request.stream_id == 1)
                connection.answer(request.stream_id, 200);
        };
    }
    H2TestServer server(fixture.certificate, script);
    auto options = fixture.options(server.origin());
    options.request_timeout = util::Milliseconds(300);
    fixture.open(options);
    if (script.request) CHECK(fixture.ask(1).status == 200);

    fixture.submit(2);
    const auto timed_out = fixture.sink.wait(2);

    CHECK(timed_out.failure == Failure::Timeout);
    CHECK(timed_out.connection == 1);
    CHECK(fixture.ask(3).connection == 2);
    CHECK(eventually([&] { return server.openConnections() == 1; }));
}

TEST_CASE("a network that answers nothing does not get a new connection for each request",
          "[engine]") {
    EngineFixture fixture;
    H2Script script;
    script.request = [](H2TestConnection&, const SeenRequest&) {};
    H2TestServer server(fixture.certificate, script);
    auto options = fixture.options(server.origin());
    options.request_timeout = util::Milliseconds(50);
    fixture.open(options);

    for (std::uint64_t tag = 1; tag <= 5; ++tag)
        CHECK(fixture.ask(tag).failure == Failure::Timeout);

    CHECK(server.connections() == 2);
}

TEST_CASE("an idle connection is closed after its time, and the next request makes a new one",
          "[engine]") {
    EngineFixture fixture;
    H2TestServer server(fixture.certificate, {});
    auto options = fixture.options(server.origin());
    options.idle_close = util::Milliseconds(50);
    fixture.open(options);
    fixture.ask(1);

    CHECK(eventually([&] { return server.openConnections() == 0; }));
    CHECK(fixture.stats().connected == 0);
    CHECK(fixture.slots() == 1);
    CHECK(fixture.ask(2).status == 200);
    CHECK(server.connections() == 2);
}

TEST_CASE("a connection with a request under way is not idle", "[engine]") {
    EngineFixture fixture;
    H2Script script;
    script.request = [](H2TestConnection&, const SeenRequest&) {};
    H2TestServer server(fixture.certificate, script);
    auto options = fixture.options(server.origin());
    options.idle_close = util::Milliseconds(30);
    fixture.open(options);
    fixture.submit(1);
    std::this_thread::sleep_for(std::chrono::milliseconds(150));

    server.each([](H2TestConnection& connection) { connection.answer(1, 200); });

    CHECK(fixture.sink.wait(1).status == 200);
}
