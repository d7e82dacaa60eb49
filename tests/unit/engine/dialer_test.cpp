// SPDX-License-Identifier: Apache-2.0
#include "engine/dialer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine_fixture.h"

using namespace postbell;
using namespace postbell::test;
using engine::HostLookup;
using engine::IpAddress;
using namespace std::chrono_literals;

namespace {

HostLookup::Addresses addresses(const std::vector<std::string>& texts) {
    HostLookup::Addresses all;
    for (const std::string& text : texts) all.push_back(IpAddress::parse(text).value());
    return all;
}

engine::LoopOptions resolveTo(const std::vector<std::string>& texts) {
    engine::LoopOptions options;
    options.resolver = [texts](const std::string&, HostLookup::Addresses& out) {
        out = addresses(texts);
        return std::string();
    };
    return options;
}

/// A port of 127.0.0.2 where the kernel takes so many connections, in silence, and drops the rest.
class SilentPort {
  public:
    SilentPort(std::uint16_t port, int connections) : listener_(open()) {
        sockaddr_in address = at(port);
        if (::bind(listener_, generic(address), sizeof address) != 0 ||
            ::listen(listener_, connections) != 0)
            throw std::runtime_error("cannot listen on 127.0.0.2");
        if (connections > 0) return;
        filler_ = open();  // one is always taken
        ::connect(filler_, generic(address), sizeof address);
    }
    ~SilentPort() {
        ::close(listener_);
        if (filler_ >= 0) ::close(filler_);
    }

  private:
    static int open() { return ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); }
    static sockaddr_in at(std::uint16_t port) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        inet_pton(AF_INET, "127.0.0.2", &address.sin_addr);
        return address;
    }
    static sockaddr* generic(sockaddr_in& address) {
        void* const any = &address;
        return static_cast<sockaddr*>(any);
    }

    int listener_;
    int filler_ = -1;
};

template <class Work>
std::chrono::milliseconds timeOf(Work work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                 begin);
}

}  // namespace

TEST_CASE("the good address is tried first, then the families in turns", "[engine]") {
    const auto all = addresses({"2001:db8::1", "2001:db8::2", "192.0.2.1", "192.0.2.2"});

    CHECK(engine::inDialOrder(all, std::nullopt) ==
          addresses({"2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2"}));
    CHECK(engine::inDialOrder(all, IpAddress::parse("192.0.2.2")) ==
          addresses({"192.0.2.2", "2001:db8::1", "192.0.2.1", "2001:db8::2"}));
    CHECK(engine::inDialOrder(all, IpAddress::parse("192.0.2.9")) ==
          engine::inDialOrder(all, std::nullopt));
    CHECK(engine::inDialOrder(addresses({"192.0.2.1", "192.0.2.2"}), std::nullopt) ==
          addresses({"192.0.2.1", "192.0.2.2"}));
    CHECK(engine::inDialOrder({}, std::nullopt).empty());
}

TEST_CASE("a dead first address costs a quarter of a second, once", "[engine]") {
    EngineFixture fixture(1.0, resolveTo({"127.0.0.2", "127.0.0.1"}));
    H2Script script;
    script.request = [](H2TestConnection& connection, const SeenRequest& request) {
        if (request.path == "/die") return connection.close();
        connection.answer(request.stream_id, 200);
    };
    H2TestServer server(fixture.certificate, script);
    const SilentPort dead(server.port(), 0);
    fixture.open(fixture.options("https://localhost:" + std::to_string(server.port())));

    const auto first = timeOf([&] { CHECK(fixture.ask(1).status == 200); });
    fixture.submit(2, "/die");
    fixture.sink.wait(2);
    const auto second = timeOf([&] { CHECK(fixture.ask(3).status == 200); });

    CHECK(first >= 240ms);
    CHECK(first < 1500ms);
    CHECK(second < 200ms);
    CHECK(server.connections() == 2);
    CHECK(fixture.stats().connect_failures == 0);
}

TEST_CASE("an address that answers and is silent then costs its share of the time", "[engine]") {
    EngineFixture fixture(1.0, resolveTo({"127.0.0.2", "127.0.0.1"}));
    H2TestServer server(fixture.certificate, {});
    const SilentPort silent(server.port(), 5);
    auto options = fixture.options("https://localhost:" + std::to_string(server.port()));
    options.connect_timeout = util::Milliseconds(1'000);
    fixture.open(options);

    const auto time = timeOf([&] { CHECK(fixture.ask(1).status == 200); });

    CHECK(time >= 450ms);
    CHECK(time < 1'000ms);
}

TEST_CASE("addresses that are all dead are all named when the time is over", "[engine]") {
    EngineFixture fixture(1.0, resolveTo({"127.0.0.2", "127.0.0.1"}));
    const std::uint16_t port = unusedPort();
    const SilentPort dead(port, 0);
    auto options = fixture.options("https://localhost:" + std::to_string(port));
    options.connect_timeout = util::Milliseconds(500);
    fixture.open(options);

    const auto answer = fixture.ask(1);

    CHECK(answer.failure == engine::Failure::Connect);
    CHECK_THAT(answer.detail,
               Catch::Contains("127.0.0.1: Connection refused") &&
                   Catch::Contains("127.0.0.2: time ran out while waiting for the TCP"));
}
