// SPDX-License-Identifier: Apache-2.0
#include "admin/operations.h"

#include <nlohmann/json.hpp>

#include <catch2/catch.hpp>
#include <chrono>
#include <future>
#include <thread>

#include "command_bench.h"
#include "store/records/store_error.h"
#include "support/eventually.h"
#include "support/fake_clock.h"
#include "support/store_fixture.h"

using namespace postbell;
using namespace postbell::admin;

namespace {

/// Work that runs until it is let go, or the operation is to end.
class Gate {
  public:
    Work work() {
        return [opened = opened_.get_future().share()](Operation& operation) -> Json {
            while (opened.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready)
                operation.requireGoingOn("three are left");
            return {{"passed", true}};
        };
    }
    void open() { opened_.set_value(); }

  private:
    std::promise<void> opened_;
};

struct Bench {
    std::string begin(const Work& work) { return operations.begin("push/test", work)["operation"]; }
    Json show(const std::string& id) { return call("operation/show", {{"operation", id}}); }
    Json ended(const std::string& id) {
        REQUIRE(testing::eventually([&] { return show(id)["state"] != "running"; }));
        return show(id);
    }

    store::TemporaryDirectory folder;
    testing::FakeClock clock;
    log::Log log{{log::Level::Error, log::Format::Text, (folder.path() / "log").string()}};
    Operations operations{clock, log};
    Called call{operations};
};

}  // namespace

TEST_CASE("an operation is polled until its result is there, and then for a while") {
    Bench bench;
    Gate gate;
    const std::string id = bench.begin(gate.work());

    CHECK(bench.show(id)["state"] == "running");
    CHECK(bench.call("operation/list")["operations"][0]["call"] == "push/test");
    gate.open();

    CHECK(bench.ended(id)["state"] == "done");
    CHECK(bench.show(id)["result"] == Json{{"passed", true}});
}

TEST_CASE("an operation tells how far it is") {
    Bench bench;
    Gate gate;
    const std::string id = bench.begin([work = gate.work()](Operation& operation) {
        operation.report({200, 450});
        return work(operation);
    });

    REQUIRE(testing::eventually([&] { return bench.show(id)["done"] == 200; }));
    CHECK(bench.show(id)["total"] == 450);
    gate.open();
}

TEST_CASE("an operation that fails has the status and the sentence that its call would have had") {
    Bench bench;
    const auto failing = [&](auto error) {
        const Json ended = bench.ended(bench.begin([error](Operation&) -> Json { throw error; }));
        CHECK(ended["state"] == "failed");
        return std::pair(ended["status"].get<int>(), ended["problem"].get<std::string>());
    };

    CHECK(failing(web::Problem(422, "not so")) == std::pair(422, std::string("not so")));
    CHECK(failing(store::StoreError("the disk is full")).first == 503);
    CHECK(failing(std::runtime_error("of the gateway's own")).first == 500);
    CHECK(failing(7).first == 500);
}

TEST_CASE("no operation waits for another, and there are not more of them than 64") {
    Bench bench;
    std::vector<Gate> gates(Operations::kMaxRunning);
    for (Gate& gate : gates) bench.begin(gate.work());
    const auto one = [](Operation&) { return Json(1); };

    CHECK_THROWS_WITH(bench.begin(one), Catch::Contains("try again when one has ended"));
    gates.back().open();

    REQUIRE(testing::eventually([&] {
        const Json listed = bench.call("operation/list");
        for (const Json& operation : listed["operations"])
            if (operation["state"] == "done") return true;
        return false;
    }));
    CHECK(bench.ended(bench.begin(one))["result"] == 1);
}

TEST_CASE("a stop ends every operation with a sentence, and none begins any more") {
    Bench bench;
    Gate gate;
    const std::string id = bench.begin(gate.work());

    bench.operations.requestStop();
    bench.operations.awaitEnd();

    const Json ended = bench.show(id);
    CHECK(ended["status"] == 503);
    CHECK_THAT(ended["problem"].get<std::string>(),
               Catch::Contains("the gateway is stopping") && Catch::Contains("three are left"));
    CHECK_THROWS_WITH(bench.begin(Gate().work()), Catch::Contains("the gateway is stopping"));
}

TEST_CASE("results are kept for the newest 256, and an unknown operation is 404") {
    Bench bench;
    std::string first, last;
    for (int i = 0; i < 300; ++i) {
        last = bench.begin([](Operation&) { return Json(1); });
        bench.ended(last);
        if (first.empty()) first = last;
    }

    CHECK(bench.call("operation/list")["operations"].size() == 256);
    CHECK(bench.call.refusal("operation/show", {{"operation", first}}) == 404);
    CHECK(bench.show(last)["result"] == 1);
}
