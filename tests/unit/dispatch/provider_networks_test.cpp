// SPDX-License-Identifier: Apache-2.0
#include "dispatch/channel/provider_networks.h"

#include <catch2/catch.hpp>

#include <future>
#include <thread>

#include "engine/loop.h"
#include "engine/pool.h"
#include "log/log.h"
#include "provider/provider.h"
#include "support/fake_clock.h"

using namespace postbell;
using namespace postbell::dispatch;

namespace {

struct SilentSink final : engine::AnswerSink {
    void answered(std::uint64_t, const engine::Answer&) override {}
    void ready() override {}
};

struct Fixture {
    testing::FakeClock clock;
    log::Log log{log::Settings{log::Level::Error, log::Format::Text, "/dev/null"}};
    engine::Loop loop{clock};
    PoolOpener pools{
        loop, log, {std::chrono::seconds(7), 3, "http://proxy.example:8080", "ca.pem"}};
    provider::ProviderHost host;
};

}  // namespace

TEST_CASE("connections are made as the config says", "[provider_networks]") {
    Fixture f;
    const engine::PoolOptions options = f.pools.options("https://push.example:8443");
    CHECK(options.origin.text() == "https://push.example:8443");
    CHECK(options.request_timeout == std::chrono::seconds(7));
    CHECK(options.proxy == "http://proxy.example:8080");
    CHECK(options.ca_file == "ca.pem");
}

TEST_CASE("a text that is no origin opens no connections", "[provider_networks]") {
    Fixture f;
    const PoolOpener pools(f.loop, f.log, {std::chrono::seconds(7), 1, "", ""});
    SilentSink sink;
    f.loop.runAndWait([&] {
        CHECK_THROWS(pools.opener()("no origin", Access(), nullptr, sink));
        const auto connections = pools.opener()("https://push.example", Access(), nullptr, sink);
        CHECK(connections->stats().connected == 0);
    });
}

TEST_CASE("without an enabled provider there is no network", "[provider_networks]") {
    Fixture f;
    const ProviderNetworks networks(f.host, f.pools);
    CHECK(networks.instances().empty());
    CHECK(networks.find("apns") == nullptr);
    CHECK(networks.forPlatform("ios") == nullptr);
}

TEST_CASE("work beside the loop has a thread of its own, and ends before the networks do",
          "[provider_networks]") {
    Fixture f;
    std::thread::id worker;
    {
        const ProviderNetworks networks(f.host, f.pools);
        std::promise<void> began;
        networks.besideLoop([&] {
            worker = std::this_thread::get_id();
            began.set_value();
        });
        REQUIRE(began.get_future().wait_for(std::chrono::seconds(5)) == std::future_status::ready);
    }
    CHECK(worker != std::this_thread::get_id());
}
