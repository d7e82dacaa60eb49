// SPDX-License-Identifier: Apache-2.0
// Where a pool connects to when a device named its origin.
#include <atomic>
#include <mutex>

#include "engine_fixture.h"
#include "support/connect_proxy.h"

using namespace postbell;
using namespace postbell::test;
using Catch::Matchers::Contains;
using engine::AddressPolicy;
using engine::Failure;
using engine::HostLookup;

namespace {

/// The addresses of names, which a test changes as it goes.
class Names {
  public:
    void set(const std::vector<std::string>& addresses) {
        const std::lock_guard lock(mutex_);
        addresses_.clear();
        for (const std::string& text : addresses)
            addresses_.push_back(engine::IpAddress::parse(text).value());
    }
    engine::LoopOptions options() {
        engine::LoopOptions options;
        options.resolver = [this](const std::string&, HostLookup::Addresses& out) {
            const std::lock_guard lock(mutex_);
            ++lookups;
            out = addresses_;
            return std::string(out.empty() ? "no such host" : "");
        };
        return options;
    }
    std::atomic<int> lookups{0};

  private:
    std::mutex mutex_;
    HostLookup::Addresses addresses_;
};

engine::PoolOptions optionsOf(const EngineFixture& fixture, const std::string& host,
                              const H2TestServer& server, AddressPolicy policy) {
    auto options = fixture.options("https://" + host + ":" + std::to_string(server.port()));
    options.device_named = true;
    options.addresses = policy;
    return options;
}

}  // namespace

TEST_CASE("a name that resolves to a private address is not connected to", "[engine]") {
    Names names;
    EngineFixture fixture(1.0, names.options());
    H2TestServer server(fixture.certificate, {});
    const auto address =
        GENERATE(as<std::string>{}, "127.0.0.1", "::ffff:127.0.0.1", "::1", "0.0.0.0", "10.0.0.1",
                 "169.254.169.254", "fe80::1", "fd00::1", "64:ff9b::127.0.0.1");
    names.set({address});
    fixture.open(optionsOf(fixture, "localhost", server, AddressPolicy::PublicOnly));

    const auto answer = fixture.ask(1);

    CHECK(answer.failure == Failure::Forbidden);
    CHECK_THAT(answer.detail, Contains(engine::IpAddress::parse(address)->text() + ": "));
    CHECK(server.connections() == 0);
}

TEST_CASE("a private address written into the origin is not connected to", "[engine]") {
    EngineFixture fixture;
    H2TestServer server(fixture.certificate, {});
    fixture.open(optionsOf(fixture, "127.0.0.1", server, AddressPolicy::PublicOnly));

    const auto answer = fixture.ask(1);

    CHECK(answer.failure == Failure::Forbidden);
    CHECK_THAT(answer.detail, Contains("127.0.0.1: is loopback"));
    CHECK(server.connections() == 0);
}

TEST_CASE("every address of a name is judged by itself", "[engine]") {
    Names names;
    EngineFixture fixture(1.0, names.options());
    H2TestServer server(fixture.certificate, {});
    names.set({"10.0.0.1", "192.168.1.1", "127.0.0.1", "::1", "fd00::1"});
    fixture.open(optionsOf(fixture, "localhost", server, AddressPolicy::PublicOnly));

    const auto answer = fixture.ask(1);

    CHECK(answer.failure == Failure::Forbidden);
    CHECK_THAT(answer.detail, Contains("10.0.0.1: is private") && Contains("127.0.0.1: is loopb") &&
                                  Contains("fd00::1: is private"));
    CHECK(server.connections() == 0);
}

TEST_CASE("a name that was public is judged again at the next connection", "[engine]") {
    // 10 times as fast: the pool waits before it connects again.
    Names names;
    EngineFixture fixture(10.0, names.options());
    H2TestServer server(fixture.certificate, {});
    // Global unicast, in a block that IANA has not assigned.
    names.set({"2000::1"});
    auto options = optionsOf(fixture, "localhost", server, AddressPolicy::PublicOnly);
    options.connect_timeout = util::Milliseconds(100);
    fixture.open(options);
    const auto first = fixture.ask(1);
    CHECK(first.failure == Failure::Connect);
    CHECK_THAT(first.detail, !Contains("is loopback"));

    names.set({"127.0.0.1"});
    REQUIRE(eventually([&] { return fixture.slots() == 1; }));
    const auto second = fixture.ask(2);

    CHECK(second.failure == Failure::Forbidden);
    CHECK_THAT(second.detail, Contains("127.0.0.1: is loopback"));
    CHECK(names.lookups == 2);
    CHECK(server.connections() == 0);
}

TEST_CASE("an origin that the operator allowed is connected to, whatever its address", "[engine]") {
    Names names;
    EngineFixture fixture(1.0, names.options());
    H2TestServer server(fixture.certificate, {});
    names.set({"127.0.0.1"});
    fixture.open(optionsOf(fixture, "localhost", server, AddressPolicy::Any));

    CHECK(fixture.ask(1).status == 200);
}

TEST_CASE("no proxy is asked for a private address", "[engine]") {
    EngineFixture fixture;
    H2TestServer server(fixture.certificate, {});
    ConnectProxy proxy;
    auto options = optionsOf(fixture, "127.0.0.1", server, AddressPolicy::PublicOnly);
    options.proxy = proxy.url();
    fixture.open(options);

    const auto answer = fixture.ask(1);

    CHECK(answer.failure == Failure::Forbidden);
    CHECK_THAT(answer.detail, Contains("is loopback"));
    CHECK(proxy.requestLines().empty());
}

TEST_CASE("a proxy on a private address may be asked for a name", "[engine]") {
    EngineFixture fixture;
    H2TestServer server(fixture.certificate, {});
    ConnectProxy proxy;
    auto options = optionsOf(fixture, "localhost", server, AddressPolicy::PublicOnly);
    options.proxy = proxy.url();
    fixture.open(options);

    CHECK(fixture.ask(1).status == 200);
    CHECK(proxy.requestLines().size() == 1);
}

TEST_CASE("slow names of devices do not hold up the lookup of others", "[engine]") {
    const auto blocked = std::make_shared<std::mutex>();  // of threads that may outlive the test
    engine::LoopOptions options;
    options.resolver = [blocked](const std::string& host, HostLookup::Addresses& out) {
        if (host != "localhost") {
            const std::lock_guard wait(*blocked);
            return std::string("no such host");
        }
        out = {engine::IpAddress::parse("127.0.0.1").value()};
        return std::string();
    };
    std::unique_lock hold(*blocked);
    std::vector<int> who(5'000);
    std::atomic<int> told{0}, too_many{0};
    EngineFixture fixture(1.0, options);
    H2TestServer server(fixture.certificate, {});
    fixture.loop.runAndWait([&] {
        for (std::size_t i = 0; i < who.size(); ++i)
            fixture.loop.deviceLookups().find("slow" + std::to_string(i), &who[i], i % 10,
                                              [&](const HostLookup::Found& found) {
                                                  ++told;
                                                  if (found.crowded) ++too_many;
                                              });
    });

    fixture.open(fixture.options("https://localhost:" + std::to_string(server.port())));
    CHECK(fixture.ask(1).status == 200);

    // Eight have a thread, and a thousand wait.
    CHECK(eventually([&] { return too_many == 5'000 - 1'008; }));
    hold.unlock();
    CHECK(eventually([&] { return told == 5'000; }));
}

TEST_CASE("names that no pool waits for any more make room for others", "[engine]") {
    const auto blocked = std::make_shared<std::mutex>();  // of threads that may outlive the test
    engine::LoopOptions options;
    options.resolver = [blocked](const std::string&, HostLookup::Addresses&) {
        const std::lock_guard wait(*blocked);
        return std::string("no such host");
    };
    std::unique_lock hold(*blocked);
    std::vector<int> who(1'009);
    std::atomic<int> told{0};
    EngineFixture fixture(1.0, options);
    fixture.loop.runAndWait([&] {
        const auto count = [&](const HostLookup::Found&) { ++told; };
        HostLookup& lookups = fixture.loop.deviceLookups();
        for (std::size_t i = 0; i < 1'008; ++i)
            lookups.find("slow" + std::to_string(i), &who[i], i % 10, count);
        for (std::size_t i = 0; i < 1'008; ++i) lookups.forget(&who[i]);
        lookups.find("late", &who[1'008], 0, count);
    });
    fixture.loop.runAndWait([] {});
    CHECK(told == 0);

    hold.unlock();
    CHECK(eventually([&] { return told == 1; }));
}
