// SPDX-License-Identifier: Apache-2.0
#include "dispatch/dispatcher.h"

#include <catch2/catch.hpp>

#include <future>
#include <optional>

#include "unit/dispatch/lane_world.h"

using namespace postbell;
using namespace postbell::dispatch;

namespace {

struct Fixture : testing::LaneWorld {
    std::optional<Dispatcher> dispatcher;

    Fixture() { dispatcher.emplace(surroundings(networks)); }
    ~Fixture() {
        if (!dispatcher) return;
        dispatcher->drain(util::Milliseconds(0));
        dispatcher.reset();
    }
    void commit(const store::Pending& row) {
        dispatcher->committed(std::vector<store::Pending>{row}, {});
        on([] {});
    }
};

}  // namespace

TEST_CASE("what was pending at the start is sent", "[dispatcher]") {
    Fixture f;
    f.events.pending = {f.mail(1), f.mail(2)};
    f.dispatcher->start();
    f.on([] {});
    CHECK(f.sent() == "/1/2");
}

TEST_CASE("a row that makes the gateway fail holds up no other app's", "[dispatcher]") {
    struct Broken final : Networks {
        explicit Broken(testing::FakeNetworks& whole) : networks(whole) {}
        const Network* forPlatform(std::string_view platform) const override {
            if (platform == "odd") throw std::runtime_error("the platform is odd");
            return networks.forPlatform(platform);
        }
        const Network* find(std::string_view name) const override { return networks.find(name); }
        std::vector<std::string> instances() const override { return networks.instances(); }
        void besideLoop(std::function<void()> work) const override {
            networks.besideLoop(std::move(work));
        }
        testing::FakeNetworks& networks;
    };
    Fixture f;
    Broken broken(f.networks);
    f.dispatcher.emplace(f.surroundings(broken));
    f.directory.apps[9] = f.directory.apps[1];
    f.directory.apps[9].platform = "odd";
    store::Pending odd = f.mail(2);
    odd.app = 9;
    f.dispatcher->start();

    f.dispatcher->committed(std::vector<store::Pending>{odd, f.mail(1)}, {});
    f.on([] {});

    CHECK(f.sent() == "/1");
    CHECK_THAT(f.logged(), Catch::Contains("the platform is odd"));
    f.dispatcher->drain(util::Milliseconds(0));
    f.dispatcher.reset();
}

TEST_CASE("what was committed is sent, and settled at the end of the turn", "[dispatcher]") {
    Fixture f;
    f.dispatcher->start();
    f.commit(f.mail(1));
    REQUIRE(f.sent() == "/1");
    f.on([&] { f.wire.answer(0, 200); });
    REQUIRE(f.settledAs<store::Delivered>() == 1);
    f.dispatcher->committed({}, f.events.settled);
    f.on([] {});
    CHECK(f.dispatcher->status().at(0).waiting == 0);
}

TEST_CASE("trouble of one app is no other's", "[dispatcher][row:RETRY-6]") {
    Fixture f;
    f.directory.apps[2] = f.directory.apps[1];
    f.directory.apps[2].id = 2;
    store::Credential other = f.credentials.all[0];
    other.id = other.app = 2;
    f.credentials.all.push_back(other);
    f.dispatcher->start();
    f.commit(f.mail(1));
    f.on([&] { f.wire.answer(0, 403); });
    store::Pending row = f.mail(2);
    row.app = 2;
    f.commit(row);
    CHECK(f.sent() == "/1/2");
}

TEST_CASE("an app whose rows cannot be read costs no other app its commit", "[dispatcher]") {
    Fixture f;
    f.directory.apps[2] = f.directory.apps[1];
    f.directory.apps[2].id = 2;
    store::Credential other = f.credentials.all[0];
    other.id = other.app = 2;
    f.credentials.all.push_back(other);
    f.dispatcher->start();
    f.on([&] {
        f.credentials.trouble = testing::Trouble::Broken;
        f.credentials.trouble_of = 2;
    });
    f.dispatcher->credentialChanged(2);
    store::Pending row = f.mail(2);
    row.app = 2;
    f.dispatcher->committed(std::vector<store::Pending>{row, f.mail(1)}, {});
    f.on([] {});
    CHECK(f.sent() == "/1");
    f.on([&] { f.credentials.trouble = testing::Trouble::None; });
    CHECK(f.comesTo("/1/2"));
}

TEST_CASE("a lane is there for each credential before the first push", "[dispatcher]") {
    Fixture f;
    f.credentials.all[0].production = f.credentials.all[0].sandbox = true;
    f.dispatcher->start();
    f.on([] {});
    const auto status = f.dispatcher->status();
    REQUIRE(status.size() == 2);
    CHECK(status[0].environment == store::Environment::Production);
    CHECK(status[1].environment == store::Environment::Sandbox);
    CHECK(status[0].credential_usable);
}

TEST_CASE("origins that fail are told for each lane, and a loop that hangs is not waited for",
          "[dispatcher]") {
    Fixture f;
    f.dispatcher->start();
    f.commit(f.mail(1));
    REQUIRE(f.comesTo("/1"));
    CHECK(f.dispatcher->failures(std::chrono::seconds(5))->empty());
    f.on([&] { f.wire.fail(0, engine::Failure::Connect); });

    const auto failures = f.dispatcher->failures(std::chrono::seconds(5));
    REQUIRE(failures->size() == 1);
    CHECK(failures->at(0).app == "com.example.mail");
    CHECK(failures->at(0).tenant == "acme");
    CHECK(failures->at(0).origin == "https://push.example");
    CHECK(failures->at(0).why == "no connection");

    std::promise<void> goes_on;
    f.loop.post([&] { goes_on.get_future().wait(); });
    CHECK_FALSE(f.dispatcher->failures(std::chrono::milliseconds(20)));
    goes_on.set_value();
}

TEST_CASE("a credential that is added later sends what waits", "[dispatcher]") {
    Fixture f;
    const auto credentials = std::exchange(f.credentials.all, {});
    f.dispatcher->start();
    f.commit(f.mail(1));
    CHECK(f.sent().empty());
    CHECK(f.dispatcher->status().at(0).waiting == 1);
    f.credentials.all = credentials;
    f.dispatcher->credentialChanged(1);
    f.on([] {});
    CHECK(f.sent() == "/1");
}

TEST_CASE("origins are found by encoding a push, and a bad credential has none", "[dispatcher]") {
    Fixture f;
    CHECK(f.dispatcher->origins(f.credentials.all[0]) ==
          std::map<store::Environment, std::string>{
              {store::Environment::None, "https://push.example"}});
    f.credentials.all[0].content = "broken";
    CHECK(f.dispatcher->origins(f.credentials.all[0]).empty());
}

TEST_CASE("no push is encoded for a token that the network could not have issued", "[dispatcher]") {
    Fixture f;
    f.networks.behaviour.any_token.clear();
    CHECK(f.dispatcher->origins(f.credentials.all[0]).empty());
    CHECK(f.networks.behaviour.encoded == 0);
}

TEST_CASE("a trial push tells how it went", "[dispatcher]") {
    Fixture f;
    f.dispatcher->start();
    f.mail(1);
    std::promise<TrialOutcome> told;
    store::PushTarget target = f.events.targets[1];
    f.dispatcher->tryPush(target, 7, [&](TrialOutcome outcome) { told.set_value(outcome); });
    REQUIRE(f.comesTo("/1"));  // as soon as the credential is open
    f.on([&] { f.wire.answer(0, 410); });
    auto future = told.get_future();
    REQUIRE(future.wait_for(std::chrono::seconds(5)) == std::future_status::ready);
    CHECK(future.get().result == provider::Outcome::Result::TokenDead);
}

TEST_CASE("draining waits for answers under way", "[dispatcher]") {
    Fixture f;
    f.dispatcher->start();
    f.commit(f.mail(1));
    auto drained =
        std::async(std::launch::async, [&] { f.dispatcher->drain(std::chrono::seconds(10)); });
    CHECK(drained.wait_for(std::chrono::milliseconds(50)) == std::future_status::timeout);
    f.on([&] { f.wire.answer(0, 200); });
    drained.get();
    CHECK(f.settledAs<store::Delivered>() == 1);
}

TEST_CASE("what the loop still holds of a dispatcher ends with it", "[dispatcher]") {
    Fixture f;
    f.dispatcher->start();
    f.on([&] {
        f.dispatcher->committed(std::vector<store::Pending>{f.mail(1)}, {});
        f.dispatcher->credentialChanged(1);
        f.dispatcher.reset();
    });
    CHECK(f.sent().empty());
    CHECK(f.networks.behaviour.open_sessions == 0);
}

TEST_CASE("a settlement of the turn in which the dispatcher ends is not handed over",
          "[dispatcher]") {
    Fixture f;
    f.dispatcher->start();
    f.commit(f.mail(1));
    f.on([&] {
        f.wire.answer(0, 200);
        f.dispatcher.reset();
    });
    CHECK(f.events.settled.empty());
}
