// SPDX-License-Identifier: Apache-2.0
#include "engine_fixture.h"

#include <atomic>
#include <set>

using namespace postbell;
using namespace postbell::test;
using Catch::Matchers::Contains;
using engine::Failure;

TEST_CASE("a request arrives as it was given, and the answer comes back whole", "[engine]") {
    EngineFixture fixture;
    H2Script script;
    script.request = [](H2TestConnection& connection, const SeenRequest& request) {
        connection.answer(request.stream_id, 410,
                          {{"apns-id", "x"}, {"content-type", "application/json"}},
                          R"({"reason":"Unregistered"})");
    };
    H2TestServer server(fixture.certificate, script);
    fixture.open(fixture.options(server.origin()));

    fixture.submit(7, "/3/device/00ff",
                   {{"apns-topic", "com.example.mail"},
                    {"authorization", "bearer x", true},
                    {"apns-id", "y", false, true}},
                   "{\"aps\":{}}");
    const auto answer = fixture.sink.wait(7);

    CHECK(answer.failure == Failure::None);
    CHECK(answer.status == 410);
    CHECK(answer.headers == std::vector<std::pair<std::string, std::string>>{
                                {"apns-id", "x"}, {"content-type", "application/json"}});
    CHECK(answer.body == R"({"reason":"Unregistered"})");
    const SeenRequest request = server.requests().at(0);
    CHECK(request.method == "POST");
    CHECK(request.path == "/3/device/00ff");
    CHECK(request.authority == "127.0.0.1:" + std::to_string(server.port()));
    CHECK(request.body == "{\"aps\":{}}");
    CHECK(request.find("content-length")->value == "10");
    CHECK(request.find("apns-topic")->value == "com.example.mail");
    CHECK_FALSE(request.find("apns-topic")->never_indexed);
    CHECK(request.find("authorization")->never_indexed);
    CHECK(request.find("apns-id")->never_indexed);
}

TEST_CASE("a GET has no body and no content-length; an empty POST says 0", "[engine]") {
    EngineFixture fixture;
    H2TestServer server(fixture.certificate, {});
    fixture.open(fixture.options(server.origin()));

    const std::vector<engine::Header> none;
    fixture.loop.runAndWait([&] { fixture.pool->submit({"GET", "/a", none, ""}, 1); });
    fixture.sink.wait(1);
    fixture.submit(2, "/b", {}, "");
    fixture.sink.wait(2);

    CHECK(server.requests().at(0).find("content-length") == nullptr);
    CHECK(server.requests().at(1).find("content-length")->value == "0");
}

TEST_CASE("a body larger than the peer's flow control window arrives whole", "[engine]") {
    EngineFixture fixture;
    H2TestServer server(fixture.certificate, {});
    fixture.open(fixture.options(server.origin()));
    const std::string body(700'000, 'b');

    fixture.submit(1, "/", {}, body);

    CHECK(fixture.sink.wait(1).status == 200);
    CHECK(server.requests().at(0).body == body);
}

TEST_CASE("an answer's body of more than 64 KiB is cut off there, and its status counts",
          "[engine]") {
    EngineFixture fixture;
    H2Script script;
    script.request = [](H2TestConnection& connection, const SeenRequest& request) {
        const std::size_t size = request.path == "/large"       ? 64 * 1024
                                 : request.path == "/too-large" ? 64 * 1024 + 1
                                                                : 30'000'000;
        connection.answer(request.stream_id, 200, {}, std::string(size, 'b'));
    };
    H2TestServer server(fixture.certificate, script);
    fixture.open(fixture.options(server.origin()));

    fixture.submit(1, "/large");
    CHECK(fixture.sink.wait(1).body == std::string(64 * 1024, 'b'));
    for (std::uint64_t tag = 2; tag <= 3; ++tag) {
        fixture.submit(tag, tag == 2 ? "/too-large" : "/endless");
        const auto answer = fixture.sink.wait(tag);
        CHECK(answer.failure == Failure::None);
        CHECK(answer.status == 200);
        CHECK(answer.body == std::string(64 * 1024, 'b'));
    }
    fixture.submit(4, "/large");
    CHECK(fixture.sink.wait(4).status == 200);
    CHECK(fixture.stats().connects == 1);
}

TEST_CASE("an answer with too many headers is a failure of that request alone", "[engine]") {
    EngineFixture fixture;
    H2Script script;
    script.request = [](H2TestConnection& connection, const SeenRequest& request) {
        H2TestConnection::Headers headers;
        if (request.path == "/many")
            for (int i = 0; i < 150; ++i) headers.emplace_back("x-" + std::to_string(i), "v");
        if (request.path == "/large")
            for (int i = 0; i < 5; ++i)
                headers.emplace_back("x-" + std::to_string(i), std::string(8'000, 'v'));
        connection.answer(request.stream_id, 200, headers);
    };
    H2TestServer server(fixture.certificate, script);
    fixture.open(fixture.options(server.origin()));
    fixture.ask(1);

    fixture.submit(2, GENERATE(as<std::string>{}, "/many", "/large"));
    fixture.submit(3);

    const auto answer = fixture.sink.wait(2);
    CHECK(answer.failure == Failure::Lost);
    CHECK_THAT(answer.detail, Contains("headers"));
    CHECK(fixture.sink.wait(3).status == 200);
    CHECK(server.connections() == 1);
}

TEST_CASE("informational answers are passed over and trailers tolerated", "[engine]") {
    EngineFixture fixture;
    H2Script script;
    script.request = [](H2TestConnection& connection, const SeenRequest& request) {
        connection.inform(request.stream_id, 103);
        connection.inform(request.stream_id, 103);
        connection.answer(request.stream_id, 200, {{"apns-id", "x"}}, "body", {{"checksum", "1"}});
    };
    H2TestServer server(fixture.certificate, script);
    fixture.open(fixture.options(server.origin()));

    const auto answer = fixture.ask(1);

    CHECK(answer.status == 200);
    CHECK(answer.headers == std::vector<std::pair<std::string, std::string>>{{"apns-id", "x"}});
    CHECK(answer.body == "body");
}

TEST_CASE("an answer before the request's whole body was sent is an answer", "[engine]") {
    EngineFixture fixture;
    H2Script script;
    script.connected = [](H2TestConnection& connection) {
        connection.initialWindow(0);  // only the headers of a request can arrive
    };
    H2TestServer server(fixture.certificate, script);
    fixture.open(fixture.options(server.origin()));
    fixture.submit(1);
    REQUIRE(eventually([&] { return server.peakStreams() == 1; }));

    server.each([](H2TestConnection& connection) { connection.answer(1, 413); });

    CHECK(fixture.sink.wait(1).status == 413);
    CHECK(eventually([&] { return fixture.stats().open_streams == 0; }));
}

TEST_CASE("many requests from one turn are spread over the pool's connections", "[engine]") {
    EngineFixture fixture;
    H2Script script;
    script.max_streams = 10;
    H2TestServer server(fixture.certificate, script);
    auto options = fixture.options(server.origin());
    options.connections = 3;
    fixture.open(options);
    std::uint64_t next = 1;
    std::atomic<std::uint64_t> last{600};
    const auto fill = [&] {
        const std::vector<engine::Header> headers;
        while (next <= last && fixture.pool->slots() > 0) {
            // However slow the handshakes are, enough is left to send when all are done.
            if (fixture.pool->stats().connected < 3) last = next + 600;
            fixture.pool->submit({"POST", "/", headers, "{}"}, next++);
        }
    };
    fixture.onReady(fill);

    fixture.loop.runAndWait(fill);

    CHECK(eventually([&] { return fixture.sink.count() == last; }));
    std::set<int> used;
    for (const auto& request : server.requests()) used.insert(request.connection);
    CHECK(used.size() == 3);
    CHECK(server.peakStreams() <= 10);
    CHECK(fixture.stats().connected == 3);
}

TEST_CASE("after so many requests a connection is replaced, and none is lost", "[engine]") {
    EngineFixture fixture;
    H2TestServer server(fixture.certificate, {});
    auto options = fixture.options(server.origin());
    options.requests_per_connection = 10;
    fixture.open(options);
    std::uint64_t next = 1;
    const auto fill = [&] {
        const std::vector<engine::Header> headers;
        while (next <= 95 && fixture.pool->slots() > 0)
            fixture.pool->submit({"POST", "/", headers, "{}"}, next++);
    };
    fixture.onReady(fill);

    fixture.loop.runAndWait(fill);

    CHECK(eventually([&] { return fixture.sink.count() == 95; }));
    for (std::uint64_t tag = 1; tag <= 95; ++tag) CHECK(fixture.sink.wait(tag).status == 200);
    CHECK(server.connections() == 10);
}

TEST_CASE("drain() finishes the requests under way, then closes", "[engine]") {
    EngineFixture fixture;
    H2Script script;
    script.request = [](H2TestConnection&, const SeenRequest&) {};
    H2TestServer server(fixture.certificate, script);
    fixture.open(fixture.options(server.origin()));
    fixture.submit(1);
    REQUIRE(eventually([&] { return server.requests().size() == 1; }));

    fixture.loop.runAndWait([&] { fixture.pool->drain(); });
    CHECK(fixture.slots() == 0);
    CHECK(server.openConnections() == 1);
    server.each([](H2TestConnection& connection) { connection.answer(1, 200); });

    CHECK(fixture.sink.wait(1).status == 200);
    CHECK(eventually([&] { return server.openConnections() == 0; }));
}

TEST_CASE("drain() sends requests that still wait for a connection", "[engine]") {
    EngineFixture fixture;
    H2TestServer server(fixture.certificate, {});
    fixture.open(fixture.options(server.origin()));

    fixture.loop.runAndWait([&] {
        const std::vector<engine::Header> headers;
        fixture.pool->submit({"POST", "/", headers, "{}"}, 1);
        fixture.pool->drain();
    });

    CHECK(fixture.sink.wait(1).status == 200);
    CHECK(eventually([&] { return server.openConnections() == 0; }));
}
