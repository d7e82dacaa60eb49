// SPDX-License-Identifier: Apache-2.0
#include "managed/http_client.h"

#include <catch2/catch.hpp>

#include <future>

#include "mail_server.h"

using namespace postbell;
using namespace postbell::managed;
using test::Answer;
using test::MailServer;

namespace {

HttpAnswer ask(HttpClient& client, HttpCall call) {
    std::promise<HttpAnswer> promise;
    auto future = promise.get_future();
    client.send(std::move(call), [&](HttpAnswer answer) { promise.set_value(std::move(answer)); });
    return future.get();
}

HttpSettings quick() {
    HttpSettings settings;
    settings.threads = 4;
    settings.timeout = util::Milliseconds(1'000);
    return settings;
}

}  // namespace

TEST_CASE("a call gets its answer, and the connection is used again", "[managed]") {
    MailServer server;
    server.answer("/a?b=c", {207, "hello"});
    HttpClient client(quick());
    for (int i = 0; i < 3; ++i) {
        const HttpAnswer answer =
            ask(client, {"POST", server.origin(), "/a?b=c", "body", {{"authorization", "me"}}});
        CHECK(answer.status == 207);
        CHECK(answer.body == "hello");
    }
    REQUIRE(server.asked().size() == 3);
    CHECK(server.asked()[0].body == "body");
    CHECK(server.asked()[0].authorization == "me");
    CHECK(server.connections() == 1);
}

TEST_CASE("no answer is said in words", "[managed]") {
    HttpClient client(quick());
    const HttpAnswer refused = ask(client, {"GET", "http://127.0.0.1:1", "/", "", {}});
    CHECK(refused.status == 0);
    CHECK(refused.detail.find("http://127.0.0.1:1") != std::string::npos);

    MailServer server;
    server.answer("/slow", {200, "late", std::chrono::seconds(20)});
    CHECK(ask(client, {"GET", server.origin(), "/slow", "", {}}).status == 0);
    // Plain HTTP where TLS is expected.
    const std::string tls = "https" + server.origin().substr(4);
    CHECK(ask(client, {"GET", tls, "/", "", {}}).status == 0);
}

TEST_CASE("an answer without an end is given up", "[managed]") {
    MailServer server;
    server.answer("/", {200, std::string(2 * 1024 * 1024, 'x')});
    HttpClient client(quick());
    const HttpAnswer answer = ask(client, {"GET", server.origin(), "/", "", {}});
    CHECK(answer.status == 0);
    CHECK(answer.detail.find("1 MiB") != std::string::npos);
}

TEST_CASE("an answer whose end is lost is no answer", "[managed][row:MANAGED-37]") {
    MailServer server;
    Answer cut{201, R"({"id": )"};
    cut.lost_bytes = 20;
    server.answer("/", cut);
    HttpClient client(quick());
    const HttpAnswer answer = ask(client, {"POST", server.origin(), "/", "body", {}});
    CHECK(answer.status == 0);
    CHECK(answer.body.empty());
    CHECK(answer.detail.find(server.origin() + ": the connection ended") != std::string::npos);
    CHECK(server.asked().size() == 1);
}

TEST_CASE("stopping cuts off what is under way", "[managed]") {
    MailServer server;
    server.answer("/", {200, "late", std::chrono::seconds(30)});
    HttpSettings settings = quick();
    settings.timeout = util::Milliseconds(30'000);
    HttpClient client(settings);
    std::promise<HttpAnswer> promise;
    client.send({"GET", server.origin(), "/", "", {}},
                [&](HttpAnswer answer) { promise.set_value(std::move(answer)); });
    while (server.asked().empty()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    const auto begun = std::chrono::steady_clock::now();
    client.stop();
    CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(5));
    CHECK(promise.get_future().get().status == 0);
}

TEST_CASE("a proxy that nobody answers is said", "[managed]") {
    HttpSettings settings = quick();
    settings.proxy = "http://127.0.0.1:1";
    HttpClient client(settings);
    CHECK(ask(client, {"GET", "https://graph.example.com", "/", "", {}}).status == 0);
}

TEST_CASE("trusted roots that cannot be read are refused at once", "[managed]") {
    HttpSettings settings = quick();
    settings.ca_file = "/nonexistent.pem";
    CHECK_THROWS_WITH(HttpClient(settings), Catch::Contains("/nonexistent.pem"));
}
