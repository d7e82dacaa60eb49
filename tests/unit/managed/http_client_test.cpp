// SPDX-License-Identifier: Apache-2.0
#include "managed/http_client.h"

#include <Poco/Exception.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocket.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <fstream>
#include <future>
#include <thread>

#include "mail_server.h"
#include "support/temporary_folder.h"
#include "support/test_certificates.h"

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

TEST_CASE("a server that sends a byte now and then is cut off, and told of", "[managed]") {
    Poco::Net::ServerSocket listening(Poco::Net::SocketAddress("127.0.0.1", 0));
    const std::string origin = "http://127.0.0.1:" + std::to_string(listening.address().port());
    std::atomic<bool> over{false};
    std::thread dripping([&] {
        Poco::Net::StreamSocket peer = listening.acceptConnection();
        const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n";
        try {
            peer.sendBytes(head.data(), static_cast<int>(head.size()));
            while (!over) {
                peer.sendBytes(" ", 1);
                std::this_thread::sleep_for(std::chrono::milliseconds(20));
            }
        } catch (const Poco::Exception&) {
        }
    });
    HttpSettings settings = quick();
    settings.timeout = util::Milliseconds(200);
    std::string told;
    HttpClient client(settings, [&](const std::string& late) { told = late; });
    std::promise<HttpAnswer> promise;
    auto answer = promise.get_future();
    client.send({"GET", origin, "/", "", {}},
                [&](HttpAnswer given) { promise.set_value(std::move(given)); });
    const bool ended = answer.wait_for(std::chrono::seconds(5)) == std::future_status::ready;
    over = true;
    dripping.join();
    REQUIRE(ended);
    CHECK(answer.get().status == 0);
    CHECK(told == origin);
}

TEST_CASE("interim answers are passed over, a few of them", "[managed]") {
    struct Row {
        std::string sent;
        int status;
        std::string detail;
    };
    const std::string go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    const std::string last = "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok";
    const auto row = GENERATE_COPY(values<Row>({
        {go_on + go_on + last, 201, ""},
        {go_on + go_on + go_on + go_on + last, 0, "sent 4 interim answers and no final one"},
        {"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + last, 0, "the interim status 103"},
    }));
    Poco::Net::ServerSocket listening(Poco::Net::SocketAddress("127.0.0.1", 0));
    const std::string origin = "http://127.0.0.1:" + std::to_string(listening.address().port());
    std::thread answering([&] {
        Poco::Net::StreamSocket peer = listening.acceptConnection();
        char request[4096];
        peer.receiveBytes(request, sizeof request);
        peer.sendBytes(row.sent.data(), static_cast<int>(row.sent.size()));
        try {
            while (peer.receiveBytes(request, sizeof request) > 0) {
            }
        } catch (const Poco::Exception&) {
        }
    });
    HttpAnswer answer;
    {
        HttpClient client(quick());
        answer = ask(client, {"GET", origin, "/", "", {}});
    }
    answering.join();

    CHECK(answer.status == row.status);
    CHECK(answer.body == (row.status == 201 ? "ok" : ""));
    CHECK_THAT(answer.detail, Catch::Contains(row.detail));
}

TEST_CASE("a server that sends interim answers without end is left within the time of an answer",
          "[managed]") {
    Poco::Net::ServerSocket listening(Poco::Net::SocketAddress("127.0.0.1", 0));
    const std::string origin = "http://127.0.0.1:" + std::to_string(listening.address().port());
    std::atomic<bool> over{false};
    std::thread answering([&] {
        Poco::Net::StreamSocket peer = listening.acceptConnection();
        const std::string go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        try {
            while (!over) {
                peer.sendBytes(go_on.data(), static_cast<int>(go_on.size()));
                std::this_thread::sleep_for(std::chrono::milliseconds(150));
            }
        } catch (const Poco::Exception&) {
        }
    });
    HttpSettings settings = quick();
    settings.timeout = util::Milliseconds(200);
    const auto begun = std::chrono::steady_clock::now();
    HttpClient client(settings);

    const HttpAnswer answer = ask(client, {"GET", origin, "/", "", {}});

    CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(3));
    CHECK(answer.status == 0);
    over = true;
    answering.join();
}

TEST_CASE("stopping cuts off requests under way", "[managed]") {
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

TEST_CASE("a request through a proxy that does not answer fails", "[managed]") {
    HttpSettings settings = quick();
    settings.proxy = "http://127.0.0.1:1";
    HttpClient client(settings);
    CHECK(ask(client, {"GET", "https://graph.example.com", "/", "", {}}).status == 0);
}

TEST_CASE("a server is the one that its certificate's alternative names say, and no other's",
          "[managed]") {
    const test::TestAuthority authority;
    const test::TemporaryFile roots(authority.certificate());
    HttpSettings settings = quick();
    settings.ca_file = roots.path();
    HttpClient client(settings);
    struct Row {
        std::string host, common_name, alternative_names;
        bool accepted;
    };
    const auto row = GENERATE(values<Row>({
        {"localhost", "another", "DNS:localhost", true},
        {"127.0.0.1", "another", "IP:127.0.0.1", true},
        {"localhost", "localhost", "", false},
        {"localhost", "localhost", "IP:127.0.0.1", false},
        {"localhost", "localhost", "DNS:other.example", false},
        {"127.0.0.1", "127.0.0.1", "", false},
        {"127.0.0.1", "127.0.0.1", "DNS:127.0.0.1", false},
    }));
    CAPTURE(row.host, row.common_name, row.alternative_names);
    MailServer server(authority.issue(row.common_name, row.alternative_names));

    const HttpAnswer answer = ask(client, {"GET", server.origin(row.host), "/", "", {}});

    CHECK(answer.status == (row.accepted ? 200 : 0));
    CHECK(server.asked().size() == (row.accepted ? 1 : 0));
    if (!row.accepted) CHECK_THAT(answer.detail, Catch::Contains("certificate"));
}

TEST_CASE("trusted roots that cannot be read fail each request until they can", "[managed]") {
    const testing::TemporaryFolder folder;
    HttpSettings settings = quick();
    settings.ca_file = folder.file("roots.pem");
    HttpClient client(settings);
    const HttpCall call{"GET", "https://127.0.0.1:1", "/", "", {}};
    CHECK_THAT(ask(client, call).detail, Catch::Contains(settings.ca_file));

    std::ofstream(settings.ca_file) << test::TestAuthority().certificate();

    CHECK_THAT(ask(client, call).detail, Catch::Contains("Connection refused"));
}
