// SPDX-License-Identifier: Apache-2.0
#include "engine/device_connections.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <filesystem>
#include <list>

#include "engine_fixture.h"
#include "support/loopback.h"

using namespace postbell;
using namespace postbell::test;
using Catch::Matchers::Contains;
using engine::DeviceConnections;

namespace {

struct FakeMember final : DeviceConnections::Member {
    using Member::Member;
    void makeRoom() override { asked = true; }
    bool asked = false;
};

/// Takes connections, as far as the kernel does by itself, and never says a word on them.
class SilentListener {
  public:
    SilentListener() : listening_(listenOnLoopback()) {}
    ~SilentListener() { ::close(listening_.first); }
    SilentListener(const SilentListener&) = delete;
    SilentListener& operator=(const SilentListener&) = delete;
    std::uint16_t port() const { return listening_.second; }

  private:
    const std::pair<int, std::uint16_t> listening_;
};

/// Of this process.
std::size_t openFiles() {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace

TEST_CASE("an owner has a quarter of the connections, and the last quarter is for owners with few",
          "[engine]") {
    DeviceConnections all(100);
    std::list<FakeMember> members;
    const auto open = [&](std::uint64_t owner, int count) {
        int opened = 0;
        while (opened < count && all.admit(owner)) {
            members.emplace_back(all, owner);
            ++opened;
        }
        return opened;
    };
    CHECK(open(1, 100) == 25);
    CHECK(open(2, 100) == 25);
    CHECK(open(3, 100) == 25);
    CHECK(open(4, 100) == 16);
    CHECK(open(5, 100) == 9);
    CHECK(all.count() == 100);
    CHECK_FALSE(all.admit(6));

    members.pop_front();
    CHECK_FALSE(all.admit(2));
    CHECK(all.admit(6));
}

TEST_CASE("at the limit, the connection that was idle longest makes room", "[engine]") {
    DeviceConnections all(3);
    FakeMember busy(all, 1), first(all, 2), second(all, 3);
    busy.idle();
    second.idle();
    first.idle();
    second.idle();  // it had something to do in between
    busy.busy();

    CHECK(all.admit(4));
    CHECK(first.asked);
    CHECK(all.admit(4));
    CHECK(second.asked);
    CHECK_FALSE(all.admit(4));
    CHECK_FALSE(busy.asked);
}

TEST_CASE("where an owner has his share, one of his own makes room", "[engine]") {
    DeviceConnections all(4);
    FakeMember others(all, 1), own(all, 2);
    others.idle();
    CHECK_FALSE(all.admit(2));
    own.idle();
    CHECK(all.admit(2));
    CHECK(own.asked);
    CHECK_FALSE(others.asked);
}

TEST_CASE("a connection that ended is not asked to make room", "[engine]") {
    DeviceConnections all(1);
    {
        FakeMember member(all, 1);
        member.idle();
    }
    CHECK(all.count() == 0);
    FakeMember other(all, 1);
    CHECK_FALSE(all.admit(2));
}

TEST_CASE("pools to more origins than may be connected close idle ones, and all are answered",
          "[engine]") {
    engine::LoopOptions options;
    options.device_connections = 3;
    EngineFixture fixture(1.0, options);
    H2TestServer server(fixture.certificate, {});
    std::vector<std::unique_ptr<engine::Pool>> pools;
    auto pool_options = fixture.options(server.origin());
    pool_options.device_named = true;

    for (std::uint64_t tag = 1; tag <= 10; ++tag) {
        fixture.loop.runAndWait([&] {
            pools.push_back(std::make_unique<engine::Pool>(fixture.loop, pool_options, fixture.sink,
                                                           fixture.log));
            const std::vector<engine::Header> headers;
            pools.back()->submit({"POST", "/", headers, "{}"}, tag);
        });
        CHECK(fixture.sink.wait(tag).status == 200);
        CHECK(eventually([&] { return server.openConnections() <= 3; }));
    }

    CHECK(server.connections() == 10);
    fixture.loop.runAndWait([&] { pools.clear(); });
}

TEST_CASE("while all connections to device-named servers are busy, a request fails at once",
          "[engine]") {
    engine::LoopOptions options;
    options.device_connections = 1;
    EngineFixture fixture(1.0, options);
    H2Script script;
    script.request = [](H2TestConnection&, const SeenRequest&) {};
    H2TestServer silent(fixture.certificate, script);
    H2TestServer server(fixture.certificate, {});
    auto busy_options = fixture.options(silent.origin());
    busy_options.device_named = true;
    fixture.open(busy_options);
    fixture.submit(1);
    REQUIRE(eventually([&] { return silent.requests().size() == 1; }));

    auto other_options = fixture.options(server.origin());
    other_options.device_named = true;
    std::unique_ptr<engine::Pool> other;
    const std::vector<engine::Header> headers;
    fixture.loop.runAndWait([&] {
        other =
            std::make_unique<engine::Pool>(fixture.loop, other_options, fixture.sink, fixture.log);
        other->submit({"POST", "/", headers, "{}"}, 2);
    });

    const auto answer = fixture.sink.wait(2);
    CHECK(answer.failure == engine::Failure::Crowded);
    CHECK_THAT(answer.detail, Contains("too many connections"));
    CHECK(server.connections() == 0);

    // The operator's own origins are not counted.
    std::unique_ptr<engine::Pool> operators;
    fixture.loop.runAndWait([&] {
        other.reset();
        operators = std::make_unique<engine::Pool>(fixture.loop, fixture.options(server.origin()),
                                                   fixture.sink, fixture.log);
        operators->submit({"POST", "/", headers, "{}"}, 3);
    });
    CHECK(fixture.sink.wait(3).status == 200);
    fixture.loop.runAndWait([&] { operators.reset(); });
}

TEST_CASE(
    "10,000 names on as many sites, whose servers are silent, hold no more sockets than one "
    "owner may",
    "[engine]") {
    constexpr std::size_t kMaxOfOwner = 250, kNames = 10'000;
    const SilentListener silent;
    std::atomic<std::size_t> lookups{0};
    engine::LoopOptions loop_options;
    loop_options.resolver = [&](const std::string&, engine::HostLookup::Addresses& out) {
        ++lookups;
        out = {engine::IpAddress::parse("127.0.0.1").value()};
        return std::string();
    };
    EngineFixture fixture(1.0, loop_options);
    const auto before = openFiles();
    std::vector<std::unique_ptr<engine::Pool>> pools;
    const std::vector<engine::Header> headers;
    auto options = fixture.options("https://push.example.com");
    options.device_named = true;
    options.owner = 1;
    std::size_t most = 0;
    for (std::uint64_t name = 1; name <= kNames; ++name) {
        options.origin = util::Origin::parse("https://push.site" + std::to_string(name) +
                                             ".example:" + std::to_string(silent.port()))
                             .value();
        fixture.loop.runAndWait([&] {
            pools.push_back(
                std::make_unique<engine::Pool>(fixture.loop, options, fixture.sink, fixture.log));
            pools.back()->submit({"POST", "/", headers, "{}"}, name);
        });
        if (name % 100 == 0) most = std::max(most, openFiles() - before);
    }
    CHECK(lookups >= kMaxOfOwner);
    CHECK(most > kMaxOfOwner / 2);
    CHECK(most <= kMaxOfOwner + 10);
    CHECK(fixture.sink.count() >= kNames - 2 * kMaxOfOwner);

    // Another owner's push finds its way meanwhile.
    H2TestServer server(fixture.certificate, {});
    auto others = fixture.options(server.origin());
    others.device_named = true;
    others.owner = 2;
    fixture.open(others);
    CHECK(fixture.ask(kNames + 1).status == 200);
    fixture.loop.runAndWait([&] { pools.clear(); });
}
