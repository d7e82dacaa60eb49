// SPDX-License-Identifier: Apache-2.0
// A server without room for all clients.
#include <sys/resource.h>

#include <catch2/catch.hpp>

#include <atomic>
#include <ctime>

#include "net/room.h"
#include "server_fixture.h"
#include "support/eventually.h"
#include "tls_client.h"

using namespace postbell::net;
using postbell::test::RawClient;
using End = RawClient::End;
using namespace std::chrono_literals;

namespace {

constexpr auto kIdleFor = Room::kMinIdle + 200ms;
constexpr auto kSlowFor = Room::kMinUnfinished + 200ms;

std::vector<RawClient> connect(ServerUnderTest& server, std::size_t count) {
    std::vector<RawClient> clients;
    for (std::size_t i = 0; i < count; ++i) clients.push_back(server.client());
    return clients;
}

int served(RawClient& client) {
    client.send(post("x"));
    const auto answer = client.readResponse();
    return answer ? answer->status : 0;
}

std::size_t ended(std::vector<RawClient>& clients) {
    std::size_t count = 0;
    for (RawClient& client : clients)
        if (client.waitForEnd(50ms) != End::StillOpen) ++count;
    return count;
}

double cpuDuring(std::chrono::milliseconds time) {
    const std::clock_t before = std::clock();
    std::this_thread::sleep_for(time);
    return static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
}

/// A server whose first reactor stands still while clients connect or send, so that all comes in
/// one round.
class BurstServer {
  public:
    BurstServer(const Limits& limits, unsigned reactors)
        : server(limits, handler(), "127.0.0.1:0", reactors), blocker_(server.client()) {}

    std::vector<RawClient> burst(std::size_t count) {
        std::unique_lock lock(hold_mutex_);
        hold();
        return connect(server, count);
    }
    /// The last client's bytes are read first.
    void sendBackwards(std::vector<RawClient>& clients, const std::string& bytes) {
        std::unique_lock lock(hold_mutex_);
        hold();
        for (auto client = clients.rbegin(); client != clients.rend(); ++client)
            client->send(bytes);
    }

    ServerUnderTest server;

  private:
    void hold() {
        blocked_ = false;
        blocker_.send(post("block"));
        REQUIRE(postbell::testing::eventually([this] { return blocked_.load(); }));
    }
    Handler handler() {
        return [this](Request&& request, Responder&& responder) {
            if (request.body == "block") {
                blocked_ = true;
                const std::lock_guard wait(hold_mutex_);
            }
            echo(std::move(request), std::move(responder));
        };
    }

    std::mutex hold_mutex_;
    std::atomic<bool> blocked_{false};
    RawClient blocker_;  // the first connection, at the reactor that accepts
};

}  // namespace

TEST_CASE("a burst at the limit makes room for itself, whichever reactors the silent ones are at") {
    for (const unsigned reactors : {1u, 3u}) {
        BurstServer bench({.connections = 21}, reactors);
        std::vector<RawClient> silent = connect(bench.server, 20);
        REQUIRE(bench.server.eventually([](const ServerStats& s) { return s.connections == 21; }));
        std::this_thread::sleep_for(kIdleFor);

        std::vector<RawClient> fresh = bench.burst(5);

        for (RawClient& client : fresh) CHECK(served(client) == 200);
        CHECK(ended(silent) >= 4);
        CHECK(bench.server->stats().connections == 21);
        CHECK(cpuDuring(200ms) < 0.1);
        bench.server->stop(0ms);  // returns
    }
}

TEST_CASE("a burst beyond all room is closed, and the rest is served as before") {
    BurstServer bench({.connections = 5}, 1);
    std::vector<RawClient> silent = connect(bench.server, 4);
    REQUIRE(bench.server.eventually([](const ServerStats& s) { return s.connections == 5; }));
    std::this_thread::sleep_for(kIdleFor);

    std::vector<RawClient> fresh = bench.burst(200);

    std::size_t answered = 0;
    for (RawClient& client : fresh) answered += served(client) == 200 ? 1 : 0;
    CHECK(answered >= 4);
    CHECK(bench.server.eventually([](const ServerStats& s) { return s.connections <= 5; }));
    std::this_thread::sleep_for(kIdleFor);
    RawClient later = bench.server.client();
    CHECK(served(later) == 200);
}

TEST_CASE("TLS connections make room like others, in the middle of the handshake too") {
    const TestCertificate certificate("server");
    ServerSettings settings = ServerUnderTest::settings({.connections = 4});
    settings.tls_certificate = certificate.certificateFile();
    settings.tls_key = certificate.keyFile();
    ServerUnderTest server(std::move(settings), echo);
    TlsClient established(server->port()), established_too(server->port());
    RawClient silent = server.client(), half_way = server.client();
    half_way.send(std::string("\x16\x03\x01\x02\x00\x01\x00", 7));
    std::this_thread::sleep_for(kIdleFor);

    std::vector<std::unique_ptr<TlsClient>> clients;
    for (int i = 0; i < 4; ++i) {
        clients.push_back(std::make_unique<TlsClient>(server->port()));
        clients.back()->send(post("x"));
        CHECK_FALSE(clients.back()->read(10).empty());
    }
    CHECK(established.read(0).empty());
    CHECK(half_way.waitForEnd() != End::StillOpen);
}

TEST_CASE("where all are busy, the request that takes longest makes room, not the younger ones") {
    ServerUnderTest server({.connections = 3}, echo, "127.0.0.1:0", 2);
    RawClient slow_body = server.client(), slow_head = server.client();
    slow_body.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0");
    slow_head.send("POST / HT");
    std::this_thread::sleep_for(kSlowFor);
    RawClient young = server.client();
    young.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0");
    std::this_thread::sleep_for(50ms);

    RawClient first = server.client();
    CHECK(served(first) == 200);
    RawClient second = server.client();
    CHECK(served(second) == 200);
    CHECK(slow_body.readResponse()->status == 503);
    CHECK(slow_head.waitForEnd() != End::StillOpen);
    CHECK(server.client().waitForEnd() != End::StillOpen);  // no client has had its time
    young.send("123456789");
    CHECK(young.readResponse()->status == 200);
}

TEST_CASE("a client that does not take its answer makes room, too") {
    ServerUnderTest server({.connections = 1}, [](Request&&, Responder&& responder) {
        responder.send({200, {}, std::string(8'000'000, 'x')});
    });
    RawClient deaf(server->port(), "127.0.0.1", 4096);
    deaf.send(post("x"));
    std::this_thread::sleep_for(kSlowFor);
    RawClient fresh = server.client();
    fresh.send(post("y"));
    CHECK(fresh.readResponse()->status == 200);
}

TEST_CASE("bodies that take long lose their memory to others; buffers count") {
    ServerUnderTest server({.request_bytes = 100'000});
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\n";
    RawClient slow = server.client(), fresh = server.client();
    slow.send(head + std::string(50'000, 'x'));
    std::this_thread::sleep_for(kSlowFor);

    fresh.send(head + std::string(60'000, 'x'));
    CHECK(slow.readResponse()->status == 503);
    fresh.send(std::string(30'000, 'x'));
    CHECK(fresh.readResponse()->status == 200);
}

TEST_CASE("bodies that lose their memory may have more bytes on the way") {
    // More than one round reads: those that came first, and end first, are still to be read then.
    constexpr std::size_t kClients = 300;
    BurstServer bench({.request_bytes = 6'600'000}, 1);
    std::vector<RawClient> slow = connect(bench.server, kClients);
    for (RawClient& client : slow)
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\n" +
                    std::string(10'000, 'x'));
    std::this_thread::sleep_for(kSlowFor);

    bench.sendBackwards(slow, std::string(20'000, 'x'));

    CHECK(slow.front().readResponse()->status == 503);
    slow.back().send(std::string(60'000, 'x'));
    CHECK(slow.back().readResponse()->status == 200);
}

TEST_CASE("without descriptors, the longest silent makes room; the reactor does not spin") {
    ServerUnderTest server(Limits{}, echo, "127.0.0.1:0", 2);
    std::vector<RawClient> silent = connect(server, 4);
    REQUIRE(server.eventually([](const ServerStats& s) { return s.connections == 4; }));
    rlimit before{};
    getrlimit(RLIMIT_NOFILE, &before);
    rlimit few = before;
    const int next = ::dup(silent.front().descriptor());
    ::close(next);
    few.rlim_cur = static_cast<rlim_t>(next) + 1;  // one more: the client's own
    std::this_thread::sleep_for(kIdleFor);
    REQUIRE(setrlimit(RLIMIT_NOFILE, &few) == 0);
    RawClient fresh = server.client();
    const int status = served(fresh);
    const double used = cpuDuring(300ms);
    setrlimit(RLIMIT_NOFILE, &before);

    CHECK(status == 200);
    CHECK(used < 0.1);
    CHECK(ended(silent) >= 1);
}
