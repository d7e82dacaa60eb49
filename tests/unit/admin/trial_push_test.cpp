// SPDX-License-Identifier: Apache-2.0
#include "admin/trial_push.h"

#include <nlohmann/json.hpp>

#include <stop_token>

#include "admin/operation.h"
#include "command_bench.h"
#include "support/store_fixture.h"

using namespace postbell;
using namespace postbell::admin;
using dispatch::TrialOutcome;
using Result = provider::Outcome::Result;

namespace {

/// A push network that answers at once.
struct Bench : store::StoreFixture {
    TrialPush commands{store().registrations(), store().events(),
                       [this](store::PushTarget target, std::int32_t badge, auto done) {
                           token = target.token;
                           sent_badge = badge;
                           done(outcome);
                       }};
    Called call{commands};
    TrialOutcome outcome{
        TrialOutcome::Kind::Answered, Result::Delivered, 200, "", "", util::Milliseconds(7), 0};
    std::string token;
    std::int32_t sent_badge = -1;
};

}  // namespace

TEST_CASE("a trial push goes to the registration's device, and says what was answered") {
    Bench bench;
    const store::Registration r = bench.registered("a", "anna");
    const Json said = bench.call("push/test", {{"registration", r.public_id}, {"badge", 4}});
    CHECK(bench.token == "token a");
    CHECK(bench.sent_badge == 4);
    CHECK(said["outcome"] == "delivered");
    CHECK(said["latency_ms"] == 7);
    CHECK(said["message"] == "delivered: the push network took the push");

    bench.outcome = {TrialOutcome::Kind::Answered,
                     Result::TokenDead,
                     410,
                     "Unregistered",
                     "",
                     util::Milliseconds(7),
                     0};
    CHECK(bench.call("push/test", {{"registration", r.public_id}})["message"] ==
          "the push network answered 410 Unregistered: the device token is dead");
    CHECK(bench.sent_badge == 1);
}

TEST_CASE("a trial push that was not sent speaks of credentials only where one is lacking") {
    Bench bench;
    const store::Registration r = bench.registered("a", "anna");
    bench.outcome = TrialOutcome::notSent("the plugin cannot encode it now", 0);
    CHECK(bench.call("push/test", {{"registration", r.public_id}})["advice"] == "");
    bench.outcome =
        TrialOutcome::notSent("there is no credential", 0, TrialOutcome::Lack::Credential);
    const std::string advice = bench.call("push/test", {{"registration", r.public_id}})["advice"];
    CHECK_THAT(advice, Catch::Contains("credential add"));
    CHECK_THAT(advice, Catch::Contains("--tenant acme --app com.example.mail"));
}

TEST_CASE("a trial push without a connection is told where to look") {
    Bench bench;
    const store::Registration r = bench.registered("a", "anna");
    const auto advice = [&] {
        return bench.call("push/test", {{"registration", r.public_id}})["advice"]
            .get<std::string>();
    };
    bench.outcome = TrialOutcome::notSent("no route to host", 0, TrialOutcome::Lack::Connection);
    CHECK_THAT(advice(), Catch::Contains("postbell check"));
    bench.outcome.kind = TrialOutcome::Kind::NoAnswer;
    CHECK_THAT(advice(), Catch::Contains("postbell check"));
}

TEST_CASE("a trial push waits for no silent push network once the gateway stops") {
    store::StoreFixture fixture;
    std::stop_source stop;
    TrialPush commands(fixture.store().registrations(), fixture.store().events(),
                       [&](const store::PushTarget&, std::int32_t, const dispatch::TrialDone&) {
                           stop.request_stop();
                       });
    const Called call(commands);
    const store::Registration r = fixture.registered("a", "anna");
    const Work work =
        std::get<Work>(call.table.at("push/test").run({{"registration", r.public_id}}));
    Operation operation(stop.get_token());
    const Json said = work(operation);
    CHECK(said["outcome"] == "no_answer");
    CHECK_THAT(said["message"].get<std::string>(), Catch::Contains("the gateway is stopping"));
}

TEST_CASE("a trial push that cannot be is refused") {
    Bench bench;
    const store::Registration r = bench.registered("a", "anna");
    CHECK(bench.call.refusal("push/test", {{"registration", "r_none"}}) == 404);
    for (const Json& badge : {Json(-1), Json("1"), Json(3'000'000'000)})
        CHECK(bench.call.refusal("push/test", {{"registration", r.public_id}, {"badge", badge}}) ==
              400);
    bench.store().directory().setAppEnabled(bench.app(), false, util::fromMs(1));
    CHECK(bench.call.refusal("push/test", {{"registration", r.public_id}}) == 409);
    CHECK(bench.token.empty());
}
