// SPDX-License-Identifier: Apache-2.0
#include "app/readiness.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <future>

#include "support/store_fixture.h"

using namespace postbell;
using namespace std::chrono_literals;

namespace {

std::string asked(app::Readiness& readiness) {
    const auto promise = std::make_shared<std::promise<std::string>>();
    auto answer = promise->get_future();
    readiness.ask([promise](const std::string& problem) { promise->set_value(problem); });
    REQUIRE(answer.wait_for(10s) == std::future_status::ready);
    return answer.get();
}

}  // namespace

TEST_CASE_METHOD(store::StoreFixture, "a store that works and loops that turn are ready") {
    util::Heartbeats heartbeats;
    heartbeats.add("engine").beat();
    app::Readiness readiness(store(), heartbeats);

    CHECK(asked(readiness).empty());
}

TEST_CASE_METHOD(store::StoreFixture, "a loop that hangs is not ready, and is said at once") {
    util::Heartbeats heartbeats;
    heartbeats.add("engine").beatAt(util::realNow() - 12s, "a push");
    app::Readiness readiness(store(), heartbeats);
    std::string said;

    readiness.ask([&](const std::string& problem) { said = problem; });

    CHECK(said == "the loop engine has hung for 12 seconds (a push)");
}

TEST_CASE_METHOD(store::StoreFixture, "a store that is gone is not ready") {
    const util::Heartbeats heartbeats;
    app::Readiness readiness(store(), heartbeats);
    std::filesystem::remove(place().files().front());

    CHECK_THAT(asked(readiness), Catch::Contains("the store cannot be"));
}
