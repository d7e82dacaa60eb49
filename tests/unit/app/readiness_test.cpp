// SPDX-License-Identifier: Apache-2.0
#include "app/readiness.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <future>

#include "app/store_watch.h"
#include "support/store_fixture.h"

using namespace postbell;
using namespace std::chrono_literals;

namespace {

/// A database that has not answered since then.
class Watched {
  public:
    explicit Watched(std::optional<util::RealTime> since = std::nullopt)
        : watch_([since] { return since; }, "/data/postbell.db", log_) {}
    operator const app::StoreWatch&() const { return watch_; }

  private:
    store::TemporaryDirectory folder_;
    log::Log log_{{log::Level::Info, log::Format::Text, (folder_.path() / "log").string()}};
    app::StoreWatch watch_;
};

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
    const Watched watched;
    app::Readiness readiness(store(), watched, heartbeats);

    CHECK(asked(readiness).empty());
}

TEST_CASE_METHOD(store::StoreFixture, "a loop that hangs is not ready, and is said at once") {
    util::Heartbeats heartbeats;
    heartbeats.add("engine").beatAt(util::realNow() - 12s, "a push");
    const Watched watched;
    app::Readiness readiness(store(), watched, heartbeats);
    std::string said;

    readiness.ask([&](const std::string& problem) { said = problem; });

    CHECK(said == "the loop engine has hung for 12 seconds (a push)");
}

TEST_CASE_METHOD(store::StoreFixture,
                 "a database that is silent is not ready, and is said at once, before the loops") {
    util::Heartbeats heartbeats;
    heartbeats.add("engine").beatAt(util::realNow() - 12s);
    const Watched watched(util::realNow() - 12s);
    app::Readiness readiness(store(), watched, heartbeats);
    std::string said;

    readiness.ask([&](const std::string& problem) { said = problem; });

    CHECK_THAT(said,
               Catch::StartsWith("the database /data/postbell.db has not answered for 12 seconds"));
    CHECK_THAT(said, Catch::EndsWith("; the loop engine has hung for 12 seconds"));
}

TEST_CASE_METHOD(store::StoreFixture, "a store that is gone is not ready") {
    const util::Heartbeats heartbeats;
    const Watched watched;
    app::Readiness readiness(store(), watched, heartbeats);
    std::filesystem::remove(place().files().front());

    CHECK_THAT(asked(readiness), Catch::Contains("the store cannot be"));
}
