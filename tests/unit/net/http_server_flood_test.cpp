// SPDX-License-Identifier: Apache-2.0
// Peers that never stop sending, and their cost to their neighbours.
#include <openssl/ssl.h>

#include <catch2/catch.hpp>

#include <algorithm>

#include "server_fixture.h"
#include "tls_client.h"

using namespace postbell::net;
using postbell::test::RawClient;
using End = RawClient::End;
using namespace std::chrono_literals;

namespace {

ServerSettings tlsSettings(const TestCertificate& certificate) {
    ServerSettings settings = ServerUnderTest::settings();
    settings.tls_certificate = certificate.certificateFile();
    settings.tls_key = certificate.keyFile();
    return settings;
}

/// The longest of some answers beside `flood`, which runs in a thread of its own, where no
/// assertion may be.
template <class Flood>
std::chrono::milliseconds worstAnswerBeside(Flood flood, const std::function<void()>& ask) {
    std::atomic<bool> over{false};
    std::jthread flooding([&] {
        flood();
        over = true;
    });
    std::chrono::steady_clock::duration worst{};
    do {
        const auto begin = std::chrono::steady_clock::now();
        ask();
        worst = std::max(worst, std::chrono::steady_clock::now() - begin);
    } while (!over);
    flooding.join();
    return std::chrono::duration_cast<std::chrono::milliseconds>(worst);
}

}  // namespace

TEST_CASE("a flood of TLS key updates ends its connection, and delays no other") {
    const TestCertificate certificate("server");
    ServerUnderTest server(tlsSettings(certificate), echo);
    const bool answer_wanted = GENERATE(false, true);
    TlsClient attacker(server->port());
    attacker.send(post("x"));
    REQUIRE_FALSE(attacker.read(10).empty());
    const std::string flood = attacker.keyUpdates(200'000, answer_wanted);
    TlsClient neighbour(server->port());

    const auto worst = worstAnswerBeside([&] { attacker.raw().send(flood); },
                                         [&] {
                                             neighbour.send(post("y"));
                                             REQUIRE_FALSE(neighbour.read(10).empty());
                                         });

    INFO("worst answer: " << worst.count() << " ms");
    CHECK(worst < 200ms);
    CHECK(attacker.raw().waitForEnd() != End::StillOpen);
    CHECK(server->stats().tls_failures == 1);
}

TEST_CASE("some key updates between requests are fine") {
    const TestCertificate certificate("server");
    ServerUnderTest server(tlsSettings(certificate), echo);
    TlsClient client(server->port());
    for (int i = 0; i < 10; ++i) {
        client.updateKey();
        client.send(post("x"));
        CHECK_FALSE(client.read(10).empty());
    }
}

TEST_CASE("renegotiations of TLS 1.2 are refused, and end the connection") {
    const TestCertificate certificate("server");
    ServerUnderTest server(tlsSettings(certificate), echo);
    TlsClient client(server->port(), {.max_version = TLS1_2_VERSION});
    for (int i = 0; i < 100; ++i) client.askToRenegotiate();
    CHECK(client.raw().waitForEnd() != End::StillOpen);
    CHECK(server->stats().tls_failures == 1);
}

TEST_CASE("a thousand pipelined requests are answered in their order, and others in between") {
    std::vector<std::string> order;
    ServerUnderTest server(Limits{}, [&order](Request&& request, Responder&& responder) {
        order.push_back(request.path);
        responder.send({200, {}, request.path.substr(1)});
    });
    std::string pipelined;
    for (int i = 0; i < 1'000; ++i)
        pipelined += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n";
    RawClient greedy = server.client(), neighbour = server.client();
    greedy.send(pipelined);
    neighbour.send("GET /neighbour HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(neighbour.readResponse()->status == 200);
    for (int i = 0; i < 1'000; ++i) REQUIRE(greedy.readResponse()->body == std::to_string(i));
    CHECK(std::find(order.begin(), order.end(), "/neighbour") < order.end() - 100);
}

TEST_CASE("a large body in tiny TLS records has its turns beside others") {
    const TestCertificate certificate("server");
    ServerUnderTest server(tlsSettings(certificate), echo);
    TlsClient drip(server->port()), neighbour(server->port());
    const std::string body(100'000, 'x');
    const std::string request = post(body);
    std::string answer;
    const auto worst = worstAnswerBeside(
        [&] {
            for (const char& c : request) drip.send({&c, 1});
            answer = drip.read(body.size());
        },
        [&] {
            neighbour.send(post("y"));
            REQUIRE_FALSE(neighbour.read(10).empty());
        });
    CHECK_FALSE(answer.empty());
    INFO("worst answer: " << worst.count() << " ms");
    CHECK(worst < 200ms);
}
